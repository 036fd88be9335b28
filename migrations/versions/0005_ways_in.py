"""More ways in"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "external_way",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("identity_print", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_external_way_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_way")),
        sa.UniqueConstraint("identity_print", name=op.f("uq_external_way_identity_print")),
    )
    op.create_index(op.f("ix_external_way_person_id"), "external_way", ["person_id"], unique=False)
    op.drop_constraint(op.f("ck_sign_in_way"), "sign_in")
    op.create_check_constraint(
        op.f("ck_sign_in_way"),
        "sign_in",
        "way in ('passkey', 'link', 'recovery', 'provider', 'start', 'invitation', 'demo')",
    )
    op.drop_constraint(op.f("ck_challenge_purpose"), "challenge")
    op.create_check_constraint(
        op.f("ck_challenge_purpose"),
        "challenge",
        "purpose in ('sign-in', 'register', 'provider', 'provider-link')",
    )
    op.drop_constraint(op.f("ck_attempt_kind"), "attempt")
    op.create_check_constraint(op.f("ck_attempt_kind"), "attempt", "kind in ('recovery', 'link', 'code', 'provider')")
