"""Names of files, and what a page is given of a file."""

import pytest

from app.media.media_file import MediaFile
from app.media.names import clean_mime, clean_name, moving_halves, save_as
from app.media.pictures import cover_of, fewer, pages_of, picture_of, playable_of


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("IMG_5195.HEIC", "IMG_5195.HEIC"),
        ("C:\\Users\\Joe\\bike ride.mov", "bike ride.mov"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\r\nSet-Cookie: x.jpg", "ab  Set-Cookie: x.jpg"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("  ...  ", "file"),
        ("", "file"),
        ("día de los muertos 💀.jpg", "día de los muertos 💀.jpg"),
        ("x" * 300 + ".jpeg", "x" * 145 + ".jpeg"),
    ],
)
def test_a_name_is_made_safe(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_a_media_type_is_made_safe() -> None:
    assert clean_mime("Image/JPEG; charset=x") == "image/jpeg"
    assert clean_mime("text/html\r\nX: y") == clean_mime("") == clean_mime("jpeg") == "application/octet-stream"


def test_saving_under_any_name_is_one_ascii_header() -> None:
    for name in ('a"b;c\\d%.jpg', "海.jpg", "évil\u2028.mov", "plain.pdf"):
        header = save_as(clean_name(name))
        assert header.isascii() and "\r" not in header and header.count('"') == 2
    assert save_as("plain.pdf") == 'attachment; filename="plain.pdf"'
    assert save_as("海.jpg").endswith("; filename*=UTF-8''%E6%B5%B7.jpg")


def rendition(name: str, width: int, height: int) -> dict[str, object]:
    mimes = {"avif": "image/avif", "jpg": "image/jpeg", "mp4": "video/mp4"}
    return {"name": name, "mime": mimes[name[-4:].strip(".")], "width": width, "height": height, "bytes": 9, "key": "k"}


def media_file(kind: str, *renditions: dict[str, object], **columns: object) -> MediaFile:
    return MediaFile(
        box_id=None, memory_id=None, sealed_key=b"", kind=kind, state="ready", renditions=list(renditions), **columns
    )


def test_a_photo_smaller_than_a_size_is_offered_once() -> None:
    file = media_file(
        "photo",
        *(rendition(f"{size}.{ending}", 900, 600) for size in (2048, 1024) for ending in ("avif", "jpg")),
        *(rendition(f"256.{ending}", 256, 171) for ending in ("avif", "jpg")),
        width=900,
        height=600,
        preview="data:image/webp;base64,AA",
    )
    picture = picture_of(cover_of(file))
    assert [width for _, width in picture.sources["avif"]] == [256, 900]
    assert picture.sources["jpeg"][0] == (f"/media/{file.id}/256.jpg", 256)
    assert (picture.width, picture.height, picture.preview_uri) == (900, 600, "data:image/webp;base64,AA")
    assert "key" not in str(cover_of(file))


def test_a_video_shows_its_poster_and_plays() -> None:
    renditions = [rendition("phone.mp4", 1280, 720), rendition("poster.jpg", 1024, 576)]
    file = media_file("video", *renditions, duration=61.5)
    assert (picture_of(file).width, picture_of(file).height) == (1024, 576)
    playable = playable_of(cover_of(file))
    assert playable is not None
    assert (playable.url, playable.duration, playable.width) == (f"/media/{file.id}/phone.mp4", 61.5, 1280)


def test_a_document_shows_its_first_page_and_has_them_all() -> None:
    pages = [rendition(f"page-{number}{size}.jpg", 100, 140 + number) for number in (1, 2) for size in ("", "-256")]
    file = media_file("document", *pages, pages=12)
    assert picture_of(file).height == 141
    assert [(page.height, page.alt) for page in pages_of(file, "Certificate")] == [
        (141, "Certificate, page 1"),
        (142, "Certificate, page 2"),
    ]


def test_what_has_no_picture_says_so() -> None:
    for nothing in (None, media_file("other"), cover_of(media_file("audio"))):
        assert not picture_of(nothing) and pages_of(nothing) == [] and playable_of(nothing) is None


def test_the_loudest_of_each_stretch_is_kept() -> None:
    assert fewer([], 48) == []
    assert fewer([1, 2, 3], 48) == [1, 2, 3]
    assert fewer([0, 9, 1, 1, 5, 0], 3) == [9, 1, 5]


@pytest.mark.parametrize(
    ("names", "halves"),
    [
        (["IMG_1.HEIC", "IMG_1.MOV"], {1}),
        (["IMG_1.mov", "IMG_1.JPG", "IMG_2.MOV"], {0}),
        (["img_1.heic", "IMG_1.MOV", "IMG_2.HEIC", "IMG_2.mov"], {1, 3}),
        (["a.jpeg", "a.mp4"], {1}),
        (["IMG_1.HEIC", "IMG_2.MOV"], set()),
        (["IMG_1.MOV"], set()),
        # Of two photos of one name, nobody knows whose it is; nor of two films.
        (["IMG_1.HEIC", "IMG_1.JPG", "IMG_1.MOV"], set()),
        (["IMG_1.HEIC", "IMG_1.MOV", "IMG_1.MOV"], set()),
        (["IMG_1.png", "IMG_1.MOV"], set()),
        ([".mov", ".heic"], set()),
        ([], set()),
    ],
)
def test_a_photo_and_the_film_beside_it(names: list[str], halves: set[int]) -> None:
    assert moving_halves(names) == halves
