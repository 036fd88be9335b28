"""One's own words, and mostly pictures"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("box", sa.Column("pictures", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("box", sa.Column("own_words", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False))
    op.alter_column("box", "pictures", server_default=None)
    op.alter_column("box", "own_words", server_default=None)
