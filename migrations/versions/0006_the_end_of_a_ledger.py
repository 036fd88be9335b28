"""The end of a ledger"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_end",
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_ledger_end_box_id")),
        sa.PrimaryKeyConstraint("box_id", name=op.f("pk_ledger_end")),
    )
    # The owner of the table is held by its wall too, which says who reads it again at the end of this transaction.
    op.execute("alter table ledger no force row level security")
    op.execute(
        "insert into ledger_end (box_id, number, hash)"
        " select distinct on (box_id) box_id, number, hash from ledger order by box_id, number desc"
    )
    op.execute("alter table ledger force row level security")
