"""The ledger: worked out again from outside the database, it fits; changed by anyone, it does not."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import create_engine
from sqlmodel import Session

from app.boxes import ledger
from app.kit.db import admin_url
from tests.cast import Cast
from tests.conftest import ClientAs

SWAPPED = """
update ledger set number = -number where {box} and number in (2, 3);
update ledger set number = 5 + number where {box} and number < 0
"""
SENTENCES = ['You let Joe see “Ünïcode 🎈 "quoted" \\ back".', "Two\nlines\tand\x0b\x7f more", "Plain."]


@pytest.fixture
def admin() -> Iterator[DatabaseConnection]:
    """The administrator, with what they did undone at the end."""
    engine = create_engine(admin_url())
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


@pytest.fixture
def written(cast: Cast) -> Cast:
    for sentence in SENTENCES:
        with cast.acting("kai") as session:
            ledger.record(
                session,
                box_id=cast.box["kai"],
                by=cast.person["kai"],
                action="memory.shared",
                subject_id=None if sentence == "Plain." else cast.person["joe"],
                sentence=sentence,
            )
    return cast


def test_the_chain_is_sound_whatever_was_written(written: Cast, client_as: ClientAs) -> None:
    client_as("kai").post(f"/people/{written.connection['joe']}/ending")
    with written.acting("kai") as session:
        assert ledger.verify(session, written.box["kai"]) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("update ledger set sentence = 'You blocked Joe.' where {box} and number = 2", [(2, "hash")]),
        ("update ledger set at = at + interval '1 second' where {box} and number = 3", [(3, "hash")]),
        ("delete from ledger where {box} and number = 2", [(3, "number"), (3, "previous")]),
        ("delete from ledger where {box} and number = 3", [(3, "end")]),
        ("delete from ledger where {box} and number > 1", [(2, "end")]),
        ("delete from ledger where {box}", [(1, "end")]),
        ("delete from ledger_end where {box}", [(1, "beyond")]),
        ("update ledger set hash = '' where {box} and number = 1", [(1, "hash"), (2, "previous")]),
        (SWAPPED, [(2, "hash"), (2, "previous"), (3, "hash"), (3, "previous")]),
    ],
)
def test_a_changed_row_is_found(
    written: Cast, admin: DatabaseConnection, change: str, found: list[tuple[int, str]]
) -> None:
    admin.exec_driver_sql(change.format(box=f"box_id = '{written.box['kai']}'"))
    with Session(admin) as session:
        assert sorted((row.number, row.reason) for row in ledger.verify(session, written.box["kai"])) == found


def test_nobody_writes_a_decision_in_anothers_name_or_box(cast: Cast) -> None:
    for name, by, box in (("joe", "joe", "kai"), ("casey", "casey", "kai"), ("kai", "joe", "kai")):
        with pytest.raises(Exception, match="row-level security"), cast.acting(name) as session:
            ledger.record(
                session,
                box_id=cast.box[box],
                by=cast.person[by],
                action="memory.kept",
                subject_id=None,
                sentence="You kept it.",
            )
