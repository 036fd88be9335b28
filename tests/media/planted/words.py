"""What is planted, and how it is found again."""

import struct

OWNER, SERIAL, PLACE = "PLANTED-OWNER-Zq7", "PLANTED-SERIAL-8812093", "PLANTED-PLACE-Rosemount"
LATITUDE, LONGITUDE = 57.14973, -2.09431
ISO_6709 = f"+{LATITUDE}-002.09431/"
# Degrees as a fraction that nothing else has (EXIF keeps them as two numbers of 32 bits).
FRACTIONS = ((571497301, 10000019), (20943107, 10000019))
WORDS = (b"PLANTED", b"57.1497", b"2.0943", b"Rosemount")
TRACES = (
    *WORDS,
    *("PLANTED".encode(coding) for coding in ("utf-16-le", "utf-16-be", "utf-32-le", "cp500")),
    *("57.1497".encode(coding) for coding in ("utf-16-le", "utf-16-be")),
    *(struct.pack(order + "I", number) for order in "<>" for pair in FRACTIONS for number in pair),
)


def traces(data: bytes) -> list[bytes]:
    """What was planted and is in these bytes as it is."""
    return [trace for trace in TRACES if trace in data]
