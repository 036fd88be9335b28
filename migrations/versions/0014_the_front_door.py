"""The front door"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SECRETS = {"passkey": "credential_print", "external_way": "identity_print"}


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sign_in", sa.Column("proven_by", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_sign_in_proven_by"), "sign_in", "proven_by in ('passkey', 'link', 'code', 'provider')"
    )
    for table in ("passkey", "external_way", "recovery_code"):
        op.add_column(table, sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    for table, column in SECRETS.items():
        op.drop_constraint(op.f(f"uq_{table}_{column}"), table)
        works = sa.text("ended_at is null")
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=True, postgresql_where=works)
    op.add_column("sign_in_link", sa.Column("asked_print", sa.Text(), nullable=True))
    op.add_column("sign_in_link", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    op.alter_column("sign_in_link", "tries", server_default=None)
    op.add_column("person", sa.Column("links_alone", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.alter_column("person", "links_alone", server_default=None)
    op.add_column("person", sa.Column("mailbox_held_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "way_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.Column("email_before", sa.Text(), nullable=True),
        sa.Column("links_alone_before", sa.Boolean(), nullable=False),
        sa.Column("undo_print", sa.Text(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_way_change_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_way_change")),
        sa.UniqueConstraint("undo_print", name=op.f("uq_way_change_undo_print")),
    )
    op.create_index(op.f("ix_way_change_person_id"), "way_change", ["person_id"], unique=False)
    op.drop_constraint(op.f("ck_challenge_purpose"), "challenge")
    op.create_check_constraint(
        op.f("ck_challenge_purpose"),
        "challenge",
        "purpose in ('sign-in', 'register', 'provider', 'provider-link', 'prove', 'address')",
    )
