"""What a child says it made is looked at before it is believed."""

import pytest

from app.media.processing.outcome import outcome_from

GOOD = {"kind": "photo", "mime": "image/jpeg", "width": 4, "height": 3, "renditions": [["256.jpg", 4, 3]]}


@pytest.mark.parametrize(
    "lie",
    [
        {"kind": "script"},
        {"mime": 7},
        {"width": -1},
        {"width": "4"},
        {"height": True},
        {"peaks": [256]},
        {"peaks": [0] * 5000},
        {"location": [91, 0]},
        {"location": [None, 0]},
        {"duration_s": float("nan")},
        {"taken_on": "tomorrow"},
        {"renditions": [["../../x.jpg", 1, 1]]},
        {"renditions": [["256.html", 1, 1]]},
        {"renditions": []},
        {"preview": True},
    ],
)
def test_a_child_that_lies_is_not_believed(lie: dict[str, object]) -> None:
    assert outcome_from(dict(GOOD), [b"data"]).renditions[0].data == b"data"
    with pytest.raises((ValueError, KeyError, TypeError, IndexError)):
        outcome_from(GOOD | lie, [b"x" * 401])
