"""Bytes that last"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What a file is, as found by opening it."""
    op.add_column("media_file", sa.Column("mime", sa.Text(), server_default="", nullable=False))
