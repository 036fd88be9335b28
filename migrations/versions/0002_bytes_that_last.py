"""Bytes that last"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What a file is, as found by opening it; what it weighs, and when it was last read to its end."""
    op.add_column("media_file", sa.Column("mime", sa.Text(), server_default="", nullable=False))
    op.add_column("media_file", sa.Column("shown_bytes", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("media_file", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("media_file", sa.Column("damage", sa.Text(), server_default="", nullable=False))
    op.execute("alter table media_file no force row level security")  # until the wall is put up again, after this
    op.execute(
        "update media_file set shown_bytes ="
        " (select coalesce(sum((each ->> 'bytes')::bigint), 0) from jsonb_array_elements(renditions) each)"
    )
