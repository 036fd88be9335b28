"""What is shared from a phone is sorted into the memories that it could be."""

import pytest

from app.media.upload import Upload
from app.memories.routes.share import sorted_out
from tests.cast import Cast


@pytest.mark.parametrize(
    ("files", "lots"),
    [
        ({"IMG_1.HEIC": "image/heic", "IMG_1.MOV": "video/quicktime"}, [("photo", ["IMG_1.HEIC", "IMG_1.MOV"])]),
        ({"IMG_1.MOV": "video/quicktime", "IMG_1.HEIC": ""}, [("photo", ["IMG_1.HEIC", "IMG_1.MOV"])]),
        (
            {"IMG_1.HEIC": "image/heic", "IMG_2.MOV": "video/quicktime"},
            [("photo", ["IMG_1.HEIC"]), ("video", ["IMG_2.MOV"])],
        ),
        (
            {"00001.MTS": "", "b.w64": "", "c.heic": ""},
            [("photo", ["c.heic"]), ("video", ["00001.MTS"]), ("voice", ["b.w64"])],
        ),
        ({"00001.MTS": "model/vnd.mts"}, [("video", ["00001.MTS"])]),
        ({"a.m4a": "audio/mp4", "a.jpg": "image/jpeg"}, [("photo", ["a.jpg"]), ("voice", ["a.m4a"])]),
    ],
)
def test_a_photo_and_its_film_are_one_memory(
    cast: Cast, files: dict[str, str], lots: list[tuple[str, list[str]]]
) -> None:
    uploads = [
        Upload(box_id=cast.box["kai"], person_id=cast.person["kai"], name=name, mime=mime, length=1, sealed_key=b"")
        for name, mime in files.items()
    ]
    assert [(lot.kind.name, [each.name for each in lot.uploads]) for lot in sorted_out(uploads)] == lots
