"""Looks found by their moment"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for looker in ("person_id", "connection_id"):
        op.drop_index(f"ix_look_{looker}", "look")
        op.create_index(f"ix_look_{looker}", "look", [looker, "at"])
