"""Apps that ask too often"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KINDS = (
    "'recovery', 'link', 'mailbox', 'code', 'said', 'provider', 'help', 'help-code', 'start', 'invite', 'challenge',"
    " 'own challenge', 'app', 'app anywhere'"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_attempt_kind"), "attempt")
    op.create_check_constraint(op.f("ck_attempt_kind"), "attempt", f"kind in ({KINDS})")
