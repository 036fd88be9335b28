"""When something was made: what devices write down, what they write when they know nothing, and what names say."""

import io
import struct
from datetime import date, datetime
from typing import Any

import pytest
from PIL import Image

from app.media.processing import Outcome, process
from app.media.processing.dates import day_in_name, read_when
from tests.media.processing.conftest import Film
from tests.media.processing.looking import report

ROOT, EXIF = {0x0132: "changed"}, {0x9003: "original", 0x9004: "scanned"}
FILM = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=5:d=0.4", "-c:v", "libx264", "-pix_fmt", "yuv420p"]
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    "<rdf:Description {said}</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def photo(form: str = "JPEG", xmp: str = "", **said: str) -> Outcome:
    """A photo whose EXIF says these: original, scanned, changed."""
    exif = Image.Exif()
    for tags, folder in ((ROOT, exif), (EXIF, exif.get_ifd(0x8769))):
        for tag, name in tags.items():
            if name in said:
                folder[tag] = said[name]
    out = io.BytesIO()
    options: dict[str, Any] = {"xmp": XMP.format(said=xmp).encode()} if xmp else {}
    Image.new("RGB", (16, 12), "teal").save(out, form, exif=exif, **options)
    return process(out.getvalue())


@pytest.mark.parametrize(
    ("name", "taken", "changed"),
    [
        ("date_epoch.jpg", None, None),
        ("date_scandig.jpg", None, None),
        ("date_iso.jpg", date(2019, 7, 4), None),
        ("date_onlymod.jpg", None, date(2017, 6, 18)),
        ("date_xmponly.jpg", date(2018, 8, 9), None),
        ("IMG-20220528-WA0004.jpg", None, None),
        ("vd_utc_bst.mp4", date(2025, 7, 1), None),
    ],
)
def test_reported_files_have_their_day(name: str, taken: date | None, changed: date | None) -> None:
    outcome = process(report(name))
    assert (outcome.taken_on and outcome.taken_on.date()) == taken
    assert (outcome.changed_on and outcome.changed_on.date()) == changed


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("2019:07:04 10:20:30", datetime(2019, 7, 4, 10, 20, 30)),
        ("2019-07-04 10:20:30", datetime(2019, 7, 4, 10, 20, 30)),
        ("2019/07/04 10:20", datetime(2019, 7, 4, 10, 20)),
        ("2019:07:04", datetime(2019, 7, 4)),
        ("2019.7.4", datetime(2019, 7, 4)),
        ("2019:07:04 24:00:00", datetime(2019, 7, 4)),
        ("2019-07-04T10:20:30.123", datetime(2019, 7, 4, 10, 20, 30)),
        ("2016:02:29 01:02:03", datetime(2016, 2, 29, 1, 2, 3)),
        ("2019:02:29 01:02:03", None),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("1970:01:01 01:00:00", None),
        ("1980:01:01 00:00:11", None),
        ("1980:01:06 00:00:00", None),
        ("2000:01:01 02:13:00", None),
        ("2002:12:08 12:00:00", None),
        ("1904:01:01 00:00:00", None),
        ("2000:01:02 10:00:00", datetime(2000, 1, 2, 10)),
        ("20190704", None),
        ("2019:07-04", None),
        ("yesterday", None),
    ],
)
def test_every_form_of_a_day(said: str, wanted: datetime | None) -> None:
    assert read_when(said) == wanted
    assert photo(original=said).taken_on == wanted


def test_the_day_of_a_scan_is_not_the_day() -> None:
    assert photo(scanned="2026:11:02 10:00:00") == photo()._replace(renditions=photo().renditions)
    both = photo(scanned="2026:11:02 10:00:00", changed="2026:11:02 10:00:00")
    assert (both.taken_on, both.changed_on) == (None, None)
    told = photo(scanned="2026:11:02 10:00:00", original="1986:05:04 00:00:00")
    assert told.taken_on == datetime(1986, 5, 4)


def test_a_change_is_only_a_suggestion() -> None:
    assert photo(changed="2017:06:18 11:12:13").changed_on == datetime(2017, 6, 18, 11, 12, 13)
    assert photo(changed="1970:01:01 00:00:00").changed_on is None
    assert photo(changed="2017:06:18 11:12:13", original="2016:01:02 03:04:05").taken_on == datetime(
        2016, 1, 2, 3, 4, 5
    )


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ('exif:DateTimeOriginal="2018-08-09T10:11:12">', datetime(2018, 8, 9, 10, 11, 12)),
        ("><exif:DateTimeOriginal>2018-08-09T10:11</exif:DateTimeOriginal>", datetime(2018, 8, 9, 10, 11)),
        ("photoshop:DateCreated='2018-08-09'>", datetime(2018, 8, 9)),
        # On holiday in Japan; then written as UTC, late on a summer's evening in Britain.
        ('exif:DateTimeOriginal="2018-08-09T07:11:12+09:00">', datetime(2018, 8, 9, 7, 11, 12)),
        ('exif:DateTimeOriginal="2018-08-09T23:30:00Z">', datetime(2018, 8, 10, 0, 30)),
        ('exif:DateTimeOriginal="1970-01-01T00:00:00">', None),
        ('exif:DateTimeOriginal="2018">', None),
        ('xmp:CreateDate="2018-08-09T10:11:12">', None),
    ],
)
def test_a_day_in_xmp_alone(said: str, wanted: datetime | None) -> None:
    for form in ("JPEG", "WEBP"):
        assert photo(form, xmp=said).taken_on == wanted, form
    earlier = photo(xmp=said, original="2011:01:02 03:04:05")
    assert earlier.taken_on == datetime(2011, 1, 2, 3, 4, 5), "EXIF is asked first"


def test_a_change_in_xmp_is_a_suggestion() -> None:
    assert photo(xmp='xmp:ModifyDate="2017-06-18T11:12:13">').changed_on == datetime(2017, 6, 18, 11, 12, 13)


@pytest.mark.parametrize(
    ("name", "tags", "wanted"),
    [
        # The header's clock is UTC: summer time, the end of the year, and the hour that there is twice.
        ("a.mp4", ["creation_time=2025-06-30T23:30:00Z"], datetime(2025, 7, 1, 0, 30)),
        ("b.mp4", ["creation_time=2024-12-31T23:30:00Z"], datetime(2024, 12, 31, 23, 30)),
        ("c.mp4", ["creation_time=2024-10-27T00:30:00Z"], datetime(2024, 10, 27, 1, 30)),
        ("a.mkv", ["creation_time=2025-06-30T23:30:00Z"], datetime(2025, 7, 1, 0, 30)),
        ("d.mp4", ["creation_time=1970-01-01T00:00:00Z"], None),
        ("e.mkv", ["creation_time=1954-03-02T10:00:00Z"], None),
        ("a.mov", ["com.apple.quicktime.creationdate=2021-05-06T23:08:09+0200"], datetime(2021, 5, 6, 23, 8, 9)),
        ("f.mp4", ["date=2021-05-06T23:08:09+0200", "creation_time=2023-01-01"], datetime(2021, 5, 6, 23, 8, 9)),
        ("g.mp4", ["date=2021"], None),
    ],
)  # fmt: skip
def test_when_a_film_was_made(film: Film, name: str, tags: list[str], wanted: datetime | None) -> None:
    said = [part for tag in tags for part in ("-metadata", tag)]
    assert process(film(name, *FILM, *said, "-movflags", "use_metadata_tags")[:]).taken_on == wanted


def test_a_recorder_says_its_day(film: Film) -> None:
    said = ["-write_bext", "1", "-metadata", "origination_date=2019-05-06"]
    outcome = process(film("a.wav", "-f", "lavfi", "-i", "sine=d=0.3", *said))
    assert outcome.taken_on is not None and outcome.taken_on.date() == date(2019, 5, 6)
    song = process(film("a.mp3", "-f", "lavfi", "-i", "sine=d=0.3", "-metadata", "date=1999-05-06"))
    assert song.taken_on is None, "the day of a song's release"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("IMG-20220528-WA0004.jpg", date(2022, 5, 28)),
        ("IMG_20190704_102030.jpg", date(2019, 7, 4)),
        ("PXL_20210506_070809123.MP.jpg", date(2021, 5, 6)),
        ("Screenshot_2020-01-02-10-11-12.png", date(2020, 1, 2)),
        ("signal-2020-02-29-101112.jpg", date(2020, 2, 29)),
        ("WhatsApp Image 2022-05-28 at 10.11.12.jpeg", date(2022, 5, 28)),
        ("photo_2021-03-04_10-11-12.jpg", date(2021, 3, 4)),
        ("20140815123456.m2ts", date(2014, 8, 15)),
        ("VID_20180101.mp4", date(2018, 1, 1)),
        ("2019.07.04 at the sea.heic", date(2019, 7, 4)),
        ("FB_IMG_1588888888888.jpg", date(2020, 5, 7)),
        ("DSC_0001.JPG", None),
        ("IMG_20190230_102030.jpg", None),
        ("IMG_20991231_102030.jpg", None),
        ("19700101_000000.jpg", None),
        ("20000101_000000.jpg", None),
        ("120190704.jpg", None),
        ("call 02019 0704 11.m4a", None),
        ("2019-0704.jpg", None),
    ],
)
def test_a_day_in_a_name(name: str, wanted: date | None) -> None:
    assert day_in_name(name, until=date(2026, 12, 1)) == wanted


def test_dates_that_nobody_can_read_are_no_error() -> None:
    for text in ("9" * 5000, "2019:" * 2000, "2019-07-04T10:20:30+99:99", "\0" * 50, "２０１９:07:04"):
        read_when(text)
        day_in_name(text, until=date(2026, 12, 1))
    whole = struct.pack("<4sIH", b"II*\0", 8, 1) + struct.pack("<HHII", 0x0132, 2, 2**31, 2**31)
    assert process(_with_exif(whole)).changed_on is None


def _with_exif(tiff: bytes) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 12)).save(out, "JPEG", exif=b"Exif\0\0" + tiff)
    return out.getvalue()
