"""A memory sent twice"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("memory", sa.Column("content_print", sa.String(), server_default="", nullable=False))
    op.alter_column("memory", "content_print", server_default=None)
