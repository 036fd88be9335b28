"""Stopping or blocking someone can be put back for a minute"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connection", sa.Column("before_end", sa.Text(), server_default="", nullable=False))
    op.alter_column("connection", "before_end", server_default=None)
    op.add_column("connection", sa.Column("ended_before", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_connection_before_end"), "connection", "before_end in ('', 'known', 'invited', 'active', 'ended')"
    )
