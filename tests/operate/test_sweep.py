"""The night's sweep: what no row names is kept aside first, and a sweep that finds too much touches nothing."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from app.kit.clock import today
from app.media import quarantine
from app.media.store import media_store
from app.operate.sweep import rehearse, sweep
from tests.cast import Cast

ANCIENT = UUID("01890000-0000-7000-8000-000000000001")


@pytest.fixture
def leave(cast: Cast) -> Iterator[list[str]]:
    """A list that `left` fills; whatever a test left in the store goes."""
    keys: list[str] = []
    yield keys
    for key in keys:
        media_store().delete(key)
        for day, each in list(media_store().set_aside_on()):
            if each == key:
                media_store().erase_set_aside(key, day)


def left(keys: list[str], count: int, sort: str = "shown") -> list[str]:
    """Objects that look like ours and that no row names."""
    made = [
        f"shown/{at % 256:02x}/{UUID(int=ANCIENT.int + at).hex}/256.avif.0123456789abcdef"
        if sort == "shown"
        else f"original/{at % 256:02x}/{UUID(int=ANCIENT.int + at).hex}"
        for at in range(count)
    ]
    keys += made
    for key in made:
        media_store().put(key, [b"sealed"])
    return made


def test_what_no_row_names_can_be_put_back(leave: list[str]) -> None:
    made = left(leave, 3)
    done = sweep()
    assert done.set_aside >= 3
    assert not set(made) & set(media_store().keys())
    day = next(day for day, key in media_store().set_aside_on() if key == made[0])
    media_store().put_back(made[0], day)
    assert media_store().read(made[0], 0, 99) == b"sealed"


@pytest.mark.parametrize("sort", ["shown", "original"])
def test_a_sweep_that_finds_too_much_touches_nothing(
    leave: list[str], sort: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = left(leave, quarantine.FEW + 1 + len(list(media_store().keys())) // 50, sort)
    with caplog.at_level(logging.ERROR, "holdfast.sweep"):
        done = sweep()
    assert (done.set_aside, done.erased, done.possible) == (0, 0, False)
    assert set(made) <= set(media_store().keys())
    assert "too many to believe" in caplog.text


def test_more_than_a_thousand_are_too_many_in_any_store() -> None:
    lost = [f"{at}" for at in range(quarantine.MOST + 1)]
    assert quarantine.Found(10_000_000, lost).too_many
    assert not quarantine.Found(10_000_000, lost[1:]).too_many
    assert not quarantine.Found(20, lost[: quarantine.FEW]).too_many
    assert quarantine.Found(2_100, lost[:22]).too_many


def test_what_lay_aside_long_enough_is_erased(leave: list[str]) -> None:
    young, old = left(leave, 2)
    media_store().set_aside(old, today() - timedelta(days=31))
    media_store().set_aside(young, today() - timedelta(days=30))
    assert sweep().erased >= 1
    aside = {key for _, key in media_store().set_aside_on()}
    assert young in aside and old not in aside


def test_a_rehearsal_says_which_and_changes_nothing(leave: list[str]) -> None:
    made = left(leave, 2)
    said: list[str] = []
    assert rehearse(said.append)
    assert {f"{key}: no row names it" for key in made} <= set(said)
    assert set(made) <= set(media_store().keys())
