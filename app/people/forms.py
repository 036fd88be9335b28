"""What people type on the way in, and on the page of their ways in."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from app.kit.language import LANGUAGES, N_, gettext
from app.people.addresses import EmailAddress
from app.people.next_page import own_path
from app.people.recovery import normal_code
from app.web.forms import Form

NextPage = Annotated[str, AfterValidator(own_path)]


def one_we_speak(tag: str) -> str:
    """The tag of a language of ours. Raises ValueError with a sentence for a person."""
    if tag not in LANGUAGES:
        raise ValueError(gettext("Please choose one from the list."))
    return tag


class ComingIn(Form):
    """What every way in shares: where to go afterwards, and whether the phone is someone else's."""

    next: NextPage = "/"
    shared: bool = False


class LinkForm(ComingIn):
    """Ask for a link."""

    messages: ClassVar[Mapping[str, str]] = {"email.missing": N_("Please type your email.")}

    email: EmailAddress


class CodeForm(ComingIn):
    """Use a printed code."""

    messages: ClassVar[Mapping[str, str]] = {"code.missing": N_("Please type one of your codes.")}

    code: Annotated[str, AfterValidator(normal_code)]


class EmailForm(Form):
    """The address to come in by."""

    messages: ClassVar[Mapping[str, str]] = {"email.missing": N_("Please type your email.")}

    email: EmailAddress


class LanguageForm(Form):
    """Which language to speak, and where to go back to."""

    next: NextPage = "/"
    language: Annotated[str, AfterValidator(one_we_speak)]


class NameForm(Form):
    """What a passkey is called."""

    name: str = Field(min_length=1, max_length=60)
