"""The operators' ledger"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "operator_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("act in ('lock', 'unlock', 'sign-out')", name=op.f("ck_operator_act_act")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_operator_act_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_act")),
    )
    op.create_index(op.f("ix_operator_act_person_id"), "operator_act", ["person_id"], unique=False)
