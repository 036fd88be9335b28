"""Who asks, by which door, and with what scope. The wall reads exactly this."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.kit.ids import fingerprint

Door = Literal["web", "mail", "app", "sign_in", "processing", "push", "practice"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """An identity for one transaction.

    `secret` is something presented (a cookie, a link, a mail address): only its fingerprint reaches the database, and
    it opens just the row that holds that fingerprint. `sign_in_id` is the sign-in that a browser came with.
    `scopes` are those of an app's token, which narrow its grant.
    """

    person_id: UUID | None = None
    door: Door = "web"
    grant_id: UUID | None = None
    secret: str | bytes | None = None
    sign_in_id: UUID | None = None
    scopes: frozenset[str] | None = None

    def claims(self) -> dict[str, str]:
        """What is set for the transaction: app.person, app.door, app.grant, app.scopes, app.secret and app.sign_in."""
        return {
            "app.person": str(self.person_id or ""),
            "app.door": self.door,
            "app.grant": str(self.grant_id or ""),
            "app.scopes": " ".join(sorted(self.scopes or ())),
            "app.secret": fingerprint(self.secret) if self.secret is not None else "",
            "app.sign_in": str(self.sign_in_id or ""),
        }
