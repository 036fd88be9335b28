"""What is said by mail about a way back in. Like all our mail it says nothing that a stranger could learn from."""

import hashlib
import hmac
from datetime import datetime
from uuid import UUID

from app.boxes.words import moment_words
from app.kit import base64url, outbox
from app.kit.config import settings
from app.kit.language import N_, gettext
from app.kit.master import derived_key
from app.people.addresses import AUTOMATIC
from app.web import pages

LETTERS = {
    "helper asked": ("mail/trusted_asked.txt", N_("Somebody asks you something")),
    "owner asked": ("mail/trusted_chosen.txt", N_("You asked someone for help")),
    "helper begun": ("mail/recovery_helper_begun.txt", N_("Please have a look today")),
    "owner begun": ("mail/recovery_begun.txt", N_("Is this you?")),
    "helper stopped": ("mail/recovery_helper_stopped.txt", N_("It was stopped")),
    "owner stopped": ("mail/recovery_stopped.txt", N_("It was stopped")),
    "helper used": ("mail/recovery_helper_used.txt", N_("Somebody is back in")),
    "owner used": ("mail/recovery_used.txt", N_("You are back in")),
}


def stop_token(recovery_id: UUID) -> str:
    """The secret in the owner's mail that stops this recovery. It is worked out again whenever a mail needs it."""
    digest = hmac.digest(derived_key("stop a recovery"), recovery_id.bytes, hashlib.sha256)
    return base64url.encode(digest)


def send(address: str, what: str, recovery_id: str, ready: str) -> None:
    """Send the letter `what`. Raises what `kit.outbox.send` raises, and KeyError for what is no letter."""
    template, subject = LETTERS[what]
    url = settings().public_url
    body = pages.render_text(
        template,
        url=url,
        stop_url=f"{url}/stop/{stop_token(UUID(recovery_id))}" if recovery_id else "",
        ready=moment_words(datetime.fromisoformat(ready)) if ready else "",
    )
    outbox.send(address, gettext(subject), body, AUTOMATIC)
