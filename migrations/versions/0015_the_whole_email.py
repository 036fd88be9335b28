"""The whole of an e-mail, kept beside its short words"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_text",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("gift_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["mail_message.id"], name="fk_mail_text_message_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name="fk_mail_text_box_id"),
        sa.ForeignKeyConstraint(["gift_id"], ["gift.id"], name="fk_mail_text_gift_id"),
        sa.PrimaryKeyConstraint("message_id", name="pk_mail_text"),
    )
    op.create_index("ix_mail_text_box_id", "mail_text", ["box_id"])
    op.create_index("ix_mail_text_gift_id", "mail_text", ["gift_id"])
    op.add_column("gift", sa.Column("shortened", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column("gift", "shortened", server_default=None)
    op.add_column("mail_message", sa.Column("logos", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False))
    op.alter_column("mail_message", "logos", server_default=None)
