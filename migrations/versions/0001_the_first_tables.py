"""The first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.migrate import install_queue

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("client_print", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('recovery', 'link', 'code')", name=op.f("ck_attempt_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_client_print"), "attempt", ["client_print"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("face", sa.Text(), nullable=False),
        sa.Column("tint", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "box",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("cover", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cover in ('tide', 'pebble', 'roofs', 'hills', 'plain')", name=op.f("ck_box_cover")),
        sa.CheckConstraint("mode in ('', 'light', 'dark')", name=op.f("ck_box_mode")),
        sa.CheckConstraint("stage in ('kept_together', 'mine')", name=op.f("ck_box_stage")),
        sa.CheckConstraint("theme in ('tide', 'moss', 'rowan', 'sloe', 'flint')", name=op.f("ck_box_theme")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_box_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box")),
        sa.UniqueConstraint("owner_id", name=op.f("uq_box_owner_id")),
    )
    op.create_table(
        "challenge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("token_print", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("shared_device", sa.Boolean(), nullable=False),
        sa.Column("next_url", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose in ('sign-in', 'register')", name=op.f("ck_challenge_purpose")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_challenge_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
        sa.UniqueConstraint("token_print", name=op.f("uq_challenge_token_print")),
    )
    op.create_index(op.f("ix_challenge_person_id"), "challenge", ["person_id"], unique=False)
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("credential_print", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_passkey_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_print", name=op.f("uq_passkey_credential_print")),
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_print", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("code_print", name=op.f("uq_recovery_code_code_print")),
    )
    op.create_index(op.f("ix_recovery_code_person_id"), "recovery_code", ["person_id"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_print", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("shared_device", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "way in ('passkey', 'link', 'recovery', 'start', 'invitation', 'demo')", name=op.f("ck_sign_in_way")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_print", name=op.f("uq_sign_in_token_print")),
    )
    op.create_index(op.f("ix_sign_in_person_id"), "sign_in", ["person_id"], unique=False)
    op.create_table(
        "sign_in_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_print", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_link_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_link")),
        sa.UniqueConstraint("token_print", name=op.f("uq_sign_in_link_token_print")),
    )
    op.create_index(op.f("ix_sign_in_link_person_id"), "sign_in_link", ["person_id"], unique=False)
    op.create_table(
        "box_age",
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("adult_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_box_age_box_id")),
        sa.PrimaryKeyConstraint("box_id", name=op.f("pk_box_age")),
    )
    op.create_table(
        "box_key",
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_box_key_box_id")),
        sa.PrimaryKeyConstraint("box_id", name=op.f("pk_box_key")),
    )
    op.create_table(
        "chapter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("home", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_chapter_box_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chapter")),
    )
    op.create_index(op.f("ix_chapter_box_id"), "chapter", ["box_id"], unique=False)
    op.create_table(
        "connection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("called", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("face", sa.Text(), nullable=False),
        sa.Column("tint", sa.Integer(), nullable=False),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("in_touch", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("keeper", sa.Boolean(), nullable=False),
        sa.Column("may_add", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('known', 'invited', 'active', 'ended', 'blocked')", name=op.f("ck_connection_state")
        ),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_connection_box_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_connection_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
    )
    op.create_index(op.f("ix_connection_box_id"), "connection", ["box_id"], unique=False)
    op.create_index(op.f("ix_connection_person_id"), "connection", ["person_id"], unique=False)
    op.create_table(
        "ledger",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_ledger_box_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ledger_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint("box_id", "number", name=op.f("uq_ledger_box_id_number")),
    )
    op.create_index(op.f("ix_ledger_box_id"), "ledger", ["box_id"], unique=False)
    op.create_index(op.f("ix_ledger_person_id"), "ledger", ["person_id"], unique=False)
    op.create_table(
        "look",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("memory_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "what in ('timeline', 'memory', 'listened', 'watched', 'original')", name=op.f("ck_look_what")
        ),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_look_box_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_look_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_index(op.f("ix_look_box_id"), "look", ["box_id"], unique=False)
    op.create_index(op.f("ix_look_memory_id"), "look", ["memory_id"], unique=False)
    op.create_index(op.f("ix_look_person_id"), "look", ["person_id"], unique=False)
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("store_key", sa.Text(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_header", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('open', 'complete', 'claimed')", name=op.f("ck_upload_state")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_upload_box_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_upload_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_box_id"), "upload", ["box_id"], unique=False)
    op.create_index(op.f("ix_upload_person_id"), "upload", ["person_id"], unique=False)
    op.create_table(
        "circle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_circle_box_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_circle_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle")),
        sa.UniqueConstraint("connection_id", name=op.f("uq_circle_connection_id")),
    )
    op.create_index(op.f("ix_circle_box_id"), "circle", ["box_id"], unique=False)
    op.create_table(
        "gift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("content_print", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("way in ('web', 'mail', 'app')", name=op.f("ck_gift_way")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_gift_box_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_gift_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift")),
    )
    op.create_index(op.f("ix_gift_box_id"), "gift", ["box_id"], unique=False)
    op.create_index(op.f("ix_gift_connection_id"), "gift", ["connection_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("secret_print", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("box_name", sa.Text(), nullable=False),
        sa.Column("may_add", sa.Boolean(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("way in ('mail', 'code')", name=op.f("ck_invitation_way")),
        sa.ForeignKeyConstraint(["accepted_by"], ["person.id"], name=op.f("fk_invitation_accepted_by")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_invitation_box_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_invitation_connection_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["person.id"], name=op.f("fk_invitation_invited_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("secret_print", name=op.f("uq_invitation_secret_print")),
    )
    op.create_index(op.f("ix_invitation_accepted_by"), "invitation", ["accepted_by"], unique=False)
    op.create_index(op.f("ix_invitation_box_id"), "invitation", ["box_id"], unique=False)
    op.create_index(op.f("ix_invitation_connection_id"), "invitation", ["connection_id"], unique=False)
    op.create_index(op.f("ix_invitation_invited_by"), "invitation", ["invited_by"], unique=False)
    op.create_table(
        "mail_address",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("local_print", sa.Text(), nullable=False),
        sa.Column("sealed_local", sa.LargeBinary(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_mail_address_box_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_mail_address_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_address")),
        sa.UniqueConstraint("local_print", name=op.f("uq_mail_address_local_print")),
    )
    op.create_index(op.f("ix_mail_address_box_id"), "mail_address", ["box_id"], unique=False)
    op.create_index(op.f("ix_mail_address_connection_id"), "mail_address", ["connection_id"], unique=False)
    op.create_table(
        "mail_sender",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_mail_sender_box_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_mail_sender_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_sender")),
    )
    op.create_index(op.f("ix_mail_sender_box_id"), "mail_sender", ["box_id"], unique=False)
    op.create_index(op.f("ix_mail_sender_connection_id"), "mail_sender", ["connection_id"], unique=False)
    op.create_table(
        "ask",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("gift_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("direction in ('see', 'back', 'give')", name=op.f("ck_ask_direction")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_ask_box_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_ask_connection_id")),
        sa.ForeignKeyConstraint(["gift_id"], ["gift.id"], name=op.f("fk_ask_gift_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask")),
        sa.UniqueConstraint("gift_id", name=op.f("uq_ask_gift_id")),
    )
    op.create_index(op.f("ix_ask_box_id"), "ask", ["box_id"], unique=False)
    op.create_index(op.f("ix_ask_connection_id"), "ask", ["connection_id"], unique=False)
    op.create_table(
        "circle_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("circle_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_circle_member_box_id")),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_circle_member_circle_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_circle_member_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle_member")),
    )
    op.create_index(op.f("ix_circle_member_box_id"), "circle_member", ["box_id"], unique=False)
    op.create_index(op.f("ix_circle_member_circle_id"), "circle_member", ["circle_id"], unique=False)
    op.create_index(op.f("ix_circle_member_connection_id"), "circle_member", ["connection_id"], unique=False)
    op.create_table(
        "mail_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("address_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("helo", sa.Text(), nullable=False),
        sa.Column("envelope_from", sa.Text(), nullable=False),
        sa.Column("claimed_name", sa.Text(), nullable=False),
        sa.Column("checks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_print", sa.Text(), nullable=False),
        sa.Column("store_key", sa.Text(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("let_in_as", sa.Uuid(), nullable=True),
        sa.Column("gift_id", sa.Uuid(), nullable=True),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("thanked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('received', 'delivered', 'knocking', 'turned_away', 'returned')",
            name=op.f("ck_mail_message_state"),
        ),
        sa.ForeignKeyConstraint(["address_id"], ["mail_address.id"], name=op.f("fk_mail_message_address_id")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_mail_message_box_id")),
        sa.ForeignKeyConstraint(["gift_id"], ["gift.id"], name=op.f("fk_mail_message_gift_id")),
        sa.ForeignKeyConstraint(["let_in_as"], ["connection.id"], name=op.f("fk_mail_message_let_in_as")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_message")),
    )
    op.create_index(op.f("ix_mail_message_address_id"), "mail_message", ["address_id"], unique=False)
    op.create_index(op.f("ix_mail_message_box_id"), "mail_message", ["box_id"], unique=False)
    op.create_index(op.f("ix_mail_message_gift_id"), "mail_message", ["gift_id"], unique=False)
    op.create_index(op.f("ix_mail_message_state"), "mail_message", ["state"], unique=False)
    op.create_index(
        "uq_mail_message_content",
        "mail_message",
        ["address_id", "content_print"],
        unique=True,
        postgresql_where=sa.text("content_print <> ''"),
    )
    op.create_table(
        "memory",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("happened", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("chapter_id", sa.Uuid(), nullable=True),
        sa.Column("audience", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("audience_until", sa.Date(), nullable=True),
        sa.Column("only_me", sa.Boolean(), nullable=False),
        sa.Column("gentle", sa.Text(), nullable=False),
        sa.Column("cover", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("gift_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before_trash", sa.Text(), nullable=False),
        sa.Column("erase_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state in ('arrived', 'kept', 'put_away', 'returned', 'trashed')", name=op.f("ck_memory_state")
        ),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_memory_added_by")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_memory_box_id")),
        sa.ForeignKeyConstraint(["chapter_id"], ["chapter.id"], name=op.f("fk_memory_chapter_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_memory_connection_id")),
        sa.ForeignKeyConstraint(["gift_id"], ["gift.id"], name=op.f("fk_memory_gift_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory")),
    )
    op.create_index(op.f("ix_memory_added_by"), "memory", ["added_by"], unique=False)
    op.create_index("ix_memory_audience", "memory", ["audience"], unique=False, postgresql_using="gin")
    op.create_index(op.f("ix_memory_chapter_id"), "memory", ["chapter_id"], unique=False)
    op.create_index(op.f("ix_memory_connection_id"), "memory", ["connection_id"], unique=False)
    op.create_index(op.f("ix_memory_gift_id"), "memory", ["gift_id"], unique=False)
    op.create_index(
        "ix_memory_timeline",
        "memory",
        [
            "box_id",
            "state",
            sa.literal_column("(case when happened_on is null then '-infinity'::date else happened_on end) desc"),
            sa.literal_column("length(happened)"),
            sa.literal_column("happened desc"),
            sa.literal_column("id desc"),
        ],
        unique=False,
        postgresql_include=["happened_on", "audience", "audience_until", "only_me"],
    )
    op.create_table(
        "ask_answer",
        sa.Column("ask_id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer in ('shared', 'ignored', 'given_back', 'kept')", name=op.f("ck_ask_answer_answer")),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name=op.f("fk_ask_answer_ask_id")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_ask_answer_box_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ask_answer_person_id")),
        sa.PrimaryKeyConstraint("ask_id", name=op.f("pk_ask_answer")),
    )
    op.create_index(op.f("ix_ask_answer_box_id"), "ask_answer", ["box_id"], unique=False)
    op.create_index(op.f("ix_ask_answer_person_id"), "ask_answer", ["person_id"], unique=False)
    op.create_table(
        "letter_inside",
        sa.Column("memory_id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_letter_inside_box_id")),
        sa.ForeignKeyConstraint(["memory_id"], ["memory.id"], name=op.f("fk_letter_inside_memory_id")),
        sa.PrimaryKeyConstraint("memory_id", name=op.f("pk_letter_inside")),
    )
    op.create_index(op.f("ix_letter_inside_box_id"), "letter_inside", ["box_id"], unique=False)
    op.create_table(
        "media_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("memory_id", sa.Uuid(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("preview", sa.Text(), nullable=False),
        sa.Column("peaks", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("renditions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('photo', 'video', 'audio', 'document', 'other', 'unknown')", name=op.f("ck_media_file_kind")
        ),
        sa.CheckConstraint("state in ('waiting', 'ready', 'failed')", name=op.f("ck_media_file_state")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_media_file_added_by")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_media_file_box_id")),
        sa.ForeignKeyConstraint(["memory_id"], ["memory.id"], name=op.f("fk_media_file_memory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_file")),
    )
    op.create_index(op.f("ix_media_file_added_by"), "media_file", ["added_by"], unique=False)
    op.create_index(op.f("ix_media_file_box_id"), "media_file", ["box_id"], unique=False)
    op.create_index(op.f("ix_media_file_memory_id"), "media_file", ["memory_id"], unique=False)
    op.create_table(
        "memory_route",
        sa.Column("memory_id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("points", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sketch", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_memory_route_box_id")),
        sa.ForeignKeyConstraint(["memory_id"], ["memory.id"], name=op.f("fk_memory_route_memory_id")),
        sa.PrimaryKeyConstraint("memory_id", name=op.f("pk_memory_route")),
    )
    op.create_index(op.f("ix_memory_route_box_id"), "memory_route", ["box_id"], unique=False)
    op.create_table(
        "perspective",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("memory_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_perspective_box_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_perspective_connection_id")),
        sa.ForeignKeyConstraint(["memory_id"], ["memory.id"], name=op.f("fk_perspective_memory_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_perspective_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_perspective")),
    )
    op.create_index(op.f("ix_perspective_box_id"), "perspective", ["box_id"], unique=False)
    op.create_index(op.f("ix_perspective_connection_id"), "perspective", ["connection_id"], unique=False)
    op.create_index(op.f("ix_perspective_memory_id"), "perspective", ["memory_id"], unique=False)
    op.create_index(op.f("ix_perspective_person_id"), "perspective", ["person_id"], unique=False)
    op.create_table(
        "media_location",
        sa.Column("media_file_id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_media_location_box_id")),
        sa.ForeignKeyConstraint(["media_file_id"], ["media_file.id"], name=op.f("fk_media_location_media_file_id")),
        sa.PrimaryKeyConstraint("media_file_id", name=op.f("pk_media_location")),
    )
    op.create_index(op.f("ix_media_location_box_id"), "media_location", ["box_id"], unique=False)
    op.create_table(
        "media_original",
        sa.Column("media_file_id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("store_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_media_original_box_id")),
        sa.ForeignKeyConstraint(["media_file_id"], ["media_file.id"], name=op.f("fk_media_original_media_file_id")),
        sa.PrimaryKeyConstraint("media_file_id", name=op.f("pk_media_original")),
    )
    op.create_index(op.f("ix_media_original_box_id"), "media_original", ["box_id"], unique=False)
    install_queue(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("A box is never migrated backwards: restore a backup instead")
