"""Days that are offered, and birthdays on 29 February"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("media_original", sa.Column("changed_on", sa.Date(), nullable=True))
    op.add_column("box_age", sa.Column("leap_day", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column("box_age", "leap_day", server_default=None)
