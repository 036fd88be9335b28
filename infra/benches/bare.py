"""The bare libraries doing the same work, with nothing round it: what our figures stand beside.

`python -m benches.bare photos FILE…` or `python -m benches.bare sealing FOLDER BYTES` prints JSON: `used` (processor
seconds) and `seconds`.
"""

import hashlib
import json
import os
import resource
import sys
import tempfile
import time

from benches.machine import MIB


def photos(files: list[str]) -> int:
    """Decode once, shrink from the larger, write each size as AVIF and JPEG; libvips alone. How many."""
    os.environ["VIPS_CONCURRENCY"] = "1"
    import pyvips

    from app.media.processing.photo import SIZES
    from app.media.processing.pictures import JPEG

    for file in files:
        largest = SIZES[0][0]
        image = pyvips.Image.new_from_file(file, access="sequential", shrink=2)
        image = image.thumbnail_image(largest, height=largest, size="down").copy_memory()
        for side, _ in SIZES:
            image = image.thumbnail_image(side, height=side, size="down").copy_memory()
            image.heifsave_buffer(compression="av1", effort=0, Q=55, keep="none")
            image.jpegsave_buffer(**JPEG)
    return len(files)


def sealing(folder: str, length: int) -> int:
    """AES-256-GCM in segments of 64 KiB, SHA-256, and written to a file that is synced every 8 MiB. MiB."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    segment, batch = 64 * 1024, 8 * MIB
    cipher, digest = AESGCM(os.urandom(32)), hashlib.sha256()
    plain = memoryview(os.urandom(batch))
    sealed = memoryview(bytearray(batch // segment * (segment + 16)))
    with tempfile.TemporaryFile(dir=folder) as file:
        for number in range(length // batch):
            for at in range(batch // segment):
                nonce = (number * batch + at).to_bytes(12, "big")
                place = at * (segment + 16)
                part = plain[at * segment : (at + 1) * segment]
                cipher.encrypt_into(nonce, part, None, sealed[place : place + segment + 16])
            digest.update(plain)
            os.write(file.fileno(), sealed)
            os.fsync(file.fileno())
    return length // MIB


def main() -> None:
    what, *arguments = sys.argv[1:]
    if what == "photos":
        photos(arguments[:1])
    began, before = time.perf_counter(), _used()
    count = photos(arguments) if what == "photos" else sealing(arguments[0], int(arguments[1]))
    seconds, used = time.perf_counter() - began, _used() - before
    print(json.dumps({"count": count, "seconds": seconds, "used": used}))


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
