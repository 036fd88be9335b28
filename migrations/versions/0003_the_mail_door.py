"""The mail door"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mail_sender", sa.Column("answer", sa.Text(), nullable=False, server_default="always"))
    op.add_column("mail_sender", sa.Column("proven", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("mail_sender", sa.Column("name", sa.Text(), nullable=False, server_default=""))
    for column in ("answer", "proven", "name"):
        op.alter_column("mail_sender", column, server_default=None)
    op.alter_column("mail_sender", "connection_id", nullable=True)
    op.create_check_constraint(op.f("ck_mail_sender_answer"), "mail_sender", "answer in ('always', 'never')")
    op.create_check_constraint(
        op.f("ck_mail_sender_somebody"), "mail_sender", "(answer = 'always') = (connection_id is not null)"
    )
    op.create_table(
        "mail_post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("print", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_post")),
        sa.UniqueConstraint("print", name=op.f("uq_mail_post_print")),
    )
