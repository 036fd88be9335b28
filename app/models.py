"""Every table, for Alembic and start-up; nothing else."""

from app.arrivals.mail import address, message, post, whole
from app.boxes import box, connection, invitation, ledger, looks, recovery
from app.media import media_file, upload
from app.memories import chapter, letter, memory
from app.oauth import client, grant, token
from app.operate import installation
from app.people import attempts, operator_act, person, push, sign_in
from app.story import asks

__all__ = [
    "address",
    "asks",
    "attempts",
    "box",
    "chapter",
    "client",
    "connection",
    "grant",
    "installation",
    "invitation",
    "ledger",
    "letter",
    "looks",
    "media_file",
    "memory",
    "message",
    "operator_act",
    "person",
    "post",
    "push",
    "recovery",
    "sign_in",
    "token",
    "upload",
    "whole",
]
