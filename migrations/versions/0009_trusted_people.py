"""Trusted people, and the way back in with their help"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trusted_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("answer in ('yes', 'no')", name=op.f("ck_trusted_person_answer")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_trusted_person_box_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_trusted_person_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_person")),
    )
    op.create_index(op.f("ix_trusted_person_box_id"), "trusted_person", ["box_id"], unique=False)
    op.create_index(op.f("ix_trusted_person_connection_id"), "trusted_person", ["connection_id"], unique=False)
    op.create_table(
        "recovery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=True),
        sa.Column("device_print", sa.Text(), nullable=False),
        sa.Column("code_print", sa.Text(), nullable=False),
        sa.Column("stop_print", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_recovery_box_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
        sa.UniqueConstraint("code_print", name=op.f("uq_recovery_code_print")),
        sa.UniqueConstraint("device_print", name=op.f("uq_recovery_device_print")),
        sa.UniqueConstraint("stop_print", name=op.f("uq_recovery_stop_print")),
    )
    op.create_index(op.f("ix_recovery_box_id"), "recovery", ["box_id"], unique=False)
    op.create_table(
        "recovery_yes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("trusted_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_recovery_yes_box_id")),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["recovery.id"], name=op.f("fk_recovery_yes_recovery_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["trusted_id"], ["trusted_person.id"], name=op.f("fk_recovery_yes_trusted_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_yes")),
        sa.UniqueConstraint("recovery_id", "trusted_id", name=op.f("uq_recovery_yes_recovery_id_trusted_id")),
    )
    op.create_index(op.f("ix_recovery_yes_box_id"), "recovery_yes", ["box_id"], unique=False)
    op.create_index(op.f("ix_recovery_yes_trusted_id"), "recovery_yes", ["trusted_id"], unique=False)
    op.drop_constraint(op.f("ck_sign_in_way"), "sign_in")
    op.create_check_constraint(
        op.f("ck_sign_in_way"),
        "sign_in",
        "way in ('passkey', 'link', 'recovery', 'trusted', 'provider', 'start', 'invitation', 'demo')",
    )
    op.drop_constraint(op.f("ck_attempt_kind"), "attempt")
    op.create_check_constraint(
        op.f("ck_attempt_kind"),
        "attempt",
        "kind in ('recovery', 'link', 'code', 'provider', 'help', 'help-code')",
    )
