"""The consent doors"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "oauth_client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_print", sa.Text(), nullable=False),
        sa.Column("secret_print", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("privacy_url", sa.Text(), nullable=False),
        sa.Column("redirect_uris", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("device", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_client")),
        sa.UniqueConstraint("client_print", name=op.f("uq_oauth_client_client_print")),
    )
    op.create_table(
        "oauth_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("circle_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("length", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length in ('once', 'term', 'year', 'until')", name=op.f("ck_oauth_grant_length")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_oauth_grant_box_id")),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["circle.id"], name=op.f("fk_oauth_grant_circle_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.id"], name=op.f("fk_oauth_grant_client_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_oauth_grant_connection_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_oauth_grant_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_grant")),
    )
    for column in ("box_id", "circle_id", "client_id", "connection_id", "person_id"):
        op.create_index(op.f(f"ix_oauth_grant_{column}"), "oauth_grant", [column], unique=False)
    op.create_table(
        "oauth_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("request_print", sa.Text(), nullable=False),
        sa.Column("user_print", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('pushed', 'code', 'device')", name=op.f("ck_oauth_request_kind")),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.id"], name=op.f("fk_oauth_request_client_id")),
        sa.ForeignKeyConstraint(["grant_id"], ["oauth_grant.id"], name=op.f("fk_oauth_request_grant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_request")),
        sa.UniqueConstraint("request_print", name=op.f("uq_oauth_request_request_print")),
        sa.UniqueConstraint("user_print", name=op.f("uq_oauth_request_user_print")),
    )
    op.create_index(op.f("ix_oauth_request_client_id"), "oauth_request", ["client_id"], unique=False)
    op.create_index(op.f("ix_oauth_request_grant_id"), "oauth_request", ["grant_id"], unique=False)
    op.create_table(
        "oauth_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_print", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('access', 'refresh')", name=op.f("ck_oauth_token_kind")),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.id"], name=op.f("fk_oauth_token_client_id")),
        sa.ForeignKeyConstraint(["grant_id"], ["oauth_grant.id"], name=op.f("fk_oauth_token_grant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_token")),
        sa.UniqueConstraint("token_print", name=op.f("uq_oauth_token_token_print")),
    )
    op.create_index(op.f("ix_oauth_token_client_id"), "oauth_token", ["client_id"], unique=False)
    op.create_index(op.f("ix_oauth_token_grant_id"), "oauth_token", ["grant_id"], unique=False)
    op.create_table(
        "oauth_use",
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["oauth_grant.id"], name=op.f("fk_oauth_use_grant_id")),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_oauth_use")),
    )
    # An app is a giver too, and is written down where it looks and what it sends.
    op.drop_constraint(op.f("ck_connection_state"), "connection")
    op.create_check_constraint(
        op.f("ck_connection_state"),
        "connection",
        "state in ('known', 'invited', 'active', 'ended', 'blocked', 'app')",
    )
    op.add_column("upload", sa.Column("grant_id", sa.Uuid(), nullable=True))
    op.alter_column("upload", "person_id", nullable=True)
    op.create_foreign_key(op.f("fk_upload_grant_id"), "upload", "oauth_grant", ["grant_id"], ["id"])
    op.create_index(op.f("ix_upload_grant_id"), "upload", ["grant_id"], unique=False)
    op.create_check_constraint(op.f("ck_upload_sender"), "upload", "(person_id is null) <> (grant_id is null)")
    op.add_column("look", sa.Column("connection_id", sa.Uuid(), nullable=True))
    op.alter_column("look", "person_id", nullable=True)
    op.create_foreign_key(op.f("fk_look_connection_id"), "look", "connection", ["connection_id"], ["id"])
    op.create_index(op.f("ix_look_connection_id"), "look", ["connection_id"], unique=False)
    op.create_check_constraint(op.f("ck_look_who"), "look", "(person_id is null) <> (connection_id is null)")
