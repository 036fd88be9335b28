"""The demo's content as it is written down: complete, in its own shapes, and never in the future."""

from datetime import date

import pytest

from app.boxes.box import COVERS, THEMES
from app.demo import art
from app.demo.people import ACCOUNTS
from app.demo.seed import BOXES
from app.demo.story import TOLD_ON, Drawn, Filmed, Story, read, years_on
from app.memories import edtf
from app.memories.kinds import KINDS
from app.people.person import FACES


@pytest.fixture(params=BOXES)
def story(request: pytest.FixtureRequest) -> Story:
    return read(request.param)


def test_everybody_and_everything_it_names_is_there(story: Story) -> None:
    people = {someone.key for someone in story.people}
    chapters = {part.name for part in story.chapters}
    titles = {told.title for told in story.memories}
    assert story.owner in ACCOUNTS
    assert story.theme in THEMES and story.cover in COVERS
    assert {key for members in story.circles.values() for key in members} <= people
    for someone in story.people:
        assert someone.face in FACES and 1 <= someone.tint <= 12
        assert not someone.account or someone.account in ACCOUNTS
    for told in story.memories:
        assert not told.giver or told.giver in people, told.title
        assert not told.chapter or told.chapter in chapters, told.title
        assert set(told.seen_by) <= people | set(story.circles), told.title
        assert {side.who for side in told.sides} <= people | {"me"}, told.title
    for look in story.looks:
        assert look.who in people and (not look.title or look.title in titles), look


def test_each_memory_is_whole_for_its_kind(story: Story) -> None:
    for told in story.memories:
        kind = KINDS[told.kind]
        assert set(told.details) <= set(kind.details.model_fields), told.title
        assert kind.least <= len(told.pieces) <= kind.most, told.title
        assert not kind.needs or getattr(told, kind.needs), told.title
        for piece in told.pictured:
            assert not isinstance(piece, Drawn | Filmed) or piece.scene in art.SCENES, told.title


def test_no_picture_is_used_twice() -> None:
    scenes = [piece for name in BOXES for piece in read(name).pictured if isinstance(piece, Drawn)]
    assert len(scenes) == len(set(scenes))


def test_nothing_happens_after_the_day_it_is_told(story: Story) -> None:
    for told in story.memories:
        for text in (told.happened, told.put_in):
            when = edtf.read(text) if isinstance(text, str) else None
            if when is None:
                continue
            begins = date(when.year, (when.part or 1) if (when.part or 1) <= 12 else 1, when.day or 1)
            assert begins <= TOLD_ON, told.title
            assert when.day is None or when.last_day <= TOLD_ON, told.title


def test_it_moves_on_by_whole_years() -> None:
    assert years_on(TOLD_ON) == 0
    assert years_on(date(2027, 11, 20)) == 0
    assert years_on(date(2027, 11, 21)) == 1
    assert years_on(date(2031, 2, 1)) == 4


def test_kai_has_forty_of_every_kind_over_six_years() -> None:
    kept = [told for told in read("kai").memories if told.end == "kept"]
    assert len(kept) == 40
    assert {told.kind for told in kept} == set(KINDS)
    when = [edtf.read(told.happened) for told in kept]
    assert {each.year for each in when if each} == set(range(2020, 2027))
    precisions = {
        (bool(each.part), each.season is not None, bool(each.day), each.about) if each else None for each in when
    }
    # Unknown, a year, about a year, a season, a month, a day.
    assert len(precisions) == 6
