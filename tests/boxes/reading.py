"""What the tests read back, as the owner would."""

import re
from uuid import UUID

from sqlmodel import col, select

from app.boxes.connection import Connection
from app.boxes.invitation import open_invitations, unseal
from app.boxes.ledger import LedgerRow
from tests.cast import Cast


def decided(cast: Cast, by: str = "kai", box: str = "kai") -> list[str]:
    """The sentences of the ledger, oldest first, as `by` may read them."""
    with cast.acting(by) as session:
        query = select(LedgerRow.sentence).where(LedgerRow.box_id == cast.box[box]).order_by(col(LedgerRow.number))
        return list(session.exec(query))


def state(cast: Cast, name: str) -> str:
    """The state of someone in Kai's box."""
    with cast.acting("kai") as session:
        return session.get_one(Connection, cast.connection[name]).state


def secret_for(cast: Cast, name: str) -> str:
    """The secret of the open invitation for someone in Kai's box, read as Kai reads it."""
    with cast.acting("kai") as session:
        return unseal(open_invitations(session, cast.connection[name])[0]).secret


def once(page: str) -> str:
    """The hidden id of a form on a page."""
    found = re.search(r'name="once" value="([0-9a-f-]{36})"', page)
    assert found is not None
    assert UUID(found[1])
    return found[1]
