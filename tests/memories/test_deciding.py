"""What the one who runs a box decides, and what is written down about it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from app.boxes.ledger import LedgerRow
from app.kit.clock import today
from app.memories import deciding
from app.memories.memory import Memory
from app.web.errors import NotAllowed, Refused
from tests.cast import Cast
from tests.conftest import ClientAs


def ledger(cast: Cast, name: str, memory_id: UUID) -> list[str]:
    with cast.acting(name) as session:
        query = select(LedgerRow.sentence).where(LedgerRow.subject_id == memory_id).order_by(col(LedgerRow.number))
        return list(session.exec(query))


def state(cast: Cast, memory_id: UUID, name: str = "kai") -> str:
    with cast.acting(name) as session:
        return session.get_one(Memory, memory_id).state


def test_a_gift_is_kept_and_nobody_else_sees_it(cast: Cast) -> None:
    gift = cast.gift("joe")
    with cast.acting("kai") as session:
        assert deciding.keep(session, cast.viewer("kai"), session.get_one(Memory, gift))
    with cast.acting("kai") as session:
        memory = session.get_one(Memory, gift)
        assert (memory.state, memory.audience) == ("kept", [])
    with cast.acting("joe") as session:
        assert session.get(Memory, gift) is None
    assert ledger(cast, "kai", gift) == ["You kept ‘First bike ride’."]


def test_a_second_tap_writes_nothing(cast: Cast) -> None:
    gift = cast.gift()

    def tap(_: int) -> bool:
        with cast.acting("kai") as session:
            return deciding.keep(session, cast.viewer("kai"), session.get_one(Memory, gift))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(tap, range(4))) == [False, False, False, True]
    assert len(ledger(cast, "kai", gift)) == 1


def test_sharing_is_written_down_with_names_and_the_day(cast: Cast) -> None:
    memory_id, until = cast.memory(title="The sea"), today() + timedelta(days=9)
    with cast.acting("kai") as session:
        chosen = [cast.circle["home"], cast.circle["patel"]]
        deciding.share(session, cast.viewer("kai"), session.get_one(Memory, memory_id), chosen, until)
    with cast.acting("patel") as session:
        assert session.get(Memory, memory_id) is not None
    with cast.acting("kai") as session:
        deciding.share(session, cast.viewer("kai"), session.get_one(Memory, memory_id), [])
    with cast.acting("patel") as session:
        assert session.get(Memory, memory_id) is None
    assert ledger(cast, "kai", memory_id) == [
        f"You let Home and Mrs Patel see ‘The sea’ until {until.day} {until:%B %Y}.",
        "You made ‘The sea’ just yours.",
    ]


def test_sharing_needs_a_kept_memory_a_day_to_come_and_circles_that_are_there(cast: Cast) -> None:
    gift, kept = cast.gift(), cast.memory()
    with cast.acting("kai") as session:
        with pytest.raises(Refused):
            deciding.share(session, cast.viewer("kai"), session.get_one(Memory, gift), [cast.circle["home"]])
        memory = session.get_one(Memory, kept)
        with pytest.raises(Refused):
            deciding.share(session, cast.viewer("kai"), memory, [cast.circle["home"]], today() - timedelta(days=1))
        with pytest.raises(Refused):
            deciding.share(session, cast.viewer("kai"), memory, [cast.circle["joe@ash"]])
        assert deciding.share(session, cast.viewer("kai"), memory, [cast.circle["home"]], today())


@pytest.mark.parametrize("verb", [deciding.put_away, deciding.trash])
def test_what_leaves_the_timeline_comes_back_seen_by_nobody_else(cast: Cast, verb: deciding.Decision) -> None:
    memory_id = cast.memory(audience=("joe",))
    with cast.acting("joe") as session:
        assert session.get(Memory, memory_id) is not None
    with cast.acting("kai") as session:
        verb(session, cast.viewer("kai"), session.get_one(Memory, memory_id))
    with cast.acting("kai") as session:
        memory = session.get_one(Memory, memory_id)
        back = deciding.keep if memory.state == "put_away" else deciding.restore
        back(session, cast.viewer("kai"), memory)
    assert state(cast, memory_id) == "kept"
    with cast.acting("joe") as session:
        assert session.get(Memory, memory_id) is None
    assert len(ledger(cast, "kai", memory_id)) == 2


def test_not_for_my_box_can_be_taken_back_for_thirty_days(cast: Cast) -> None:
    gift = cast.gift()
    with cast.acting("kai") as session:
        memory = session.get_one(Memory, gift)
        deciding.give_back(session, cast.viewer("kai"), memory)
        assert memory.erase_on == today() + timedelta(days=30)
        with pytest.raises(Refused):
            deciding.keep(session, cast.viewer("kai"), memory)
    with cast.acting("kai") as session:
        deciding.restore(session, cast.viewer("kai"), session.get_one(Memory, gift))
    assert state(cast, gift) == "arrived"


def test_what_is_kept_cannot_be_sent_back(cast: Cast) -> None:
    memory_id = cast.memory()
    with cast.acting("kai") as session, pytest.raises(Refused):
        deciding.give_back(session, cast.viewer("kai"), session.get_one(Memory, memory_id))


@pytest.mark.parametrize(("verb", "after"), [(deciding.put_away, "put_away"), (deciding.trash, "trashed")])
def test_a_keeper_can_move_something_out_of_their_own_sight(cast: Cast, verb: deciding.Decision, after: str) -> None:
    memory_id = cast.memory("ash", box="ash", title="Lost tooth")
    with cast.acting("joe") as session:
        verb(session, cast.viewer("joe"), session.get_one(Memory, memory_id))
    with cast.acting("joe") as session:
        assert session.get(Memory, memory_id) is None
    assert state(cast, memory_id, "ash") == after
    assert ledger(cast, "ash", memory_id)[0].startswith(("Joe put ‘Lost tooth’ away", "Joe let ‘Lost tooth’ go"))


def test_only_me_hides_from_keepers_and_is_the_owners_to_say(cast: Cast) -> None:
    memory_id = cast.memory("ash", box="ash")
    with cast.acting("joe") as session, pytest.raises(NotAllowed):
        deciding.hide_from_keepers(session, cast.viewer("joe"), session.get_one(Memory, memory_id))
    with cast.acting("ash") as session:
        deciding.hide_from_keepers(session, cast.viewer("ash"), session.get_one(Memory, memory_id))
    with cast.acting("joe") as session:
        assert session.get(Memory, memory_id) is None
    with cast.acting("ash") as session:
        deciding.show_keepers(session, cast.viewer("ash"), session.get_one(Memory, memory_id))
    with cast.acting("joe") as session:
        assert session.get(Memory, memory_id) is not None


@pytest.mark.parametrize("verb", ["trash", "putting-away", "keeping", "audience", "only-me"])
def test_a_keeper_who_sees_it_because_it_was_shared_decides_nothing(client_as: ClientAs, cast: Cast, verb: str) -> None:
    memory = cast.memory("ash", box="ash", audience=("joe@ash",), only_me=True)
    joe = client_as("joe")
    assert joe.get(f"/memories/{memory}").status_code == 200
    assert joe.post(f"/memories/{memory}/{verb}", data={"start": "me", "until": "change"}).status_code == 403
