"""One form per HTML form of these pages."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from app.boxes.box import COVERS, MODES, THEMES
from app.boxes.connection import RINGS
from app.kit.clock import today
from app.kit.ids import new_id
from app.kit.language import N_, gettext
from app.people.addresses import EmailAddress
from app.people.person import FACES, TINTS
from app.web.app_look import ICONS, NAMES
from app.web.forms import Form


def _not_gone(day: date) -> date:
    if day < today():
        raise ValueError(gettext("That day has gone. Please choose today or later."))
    return day


def _one_of(*words: str) -> AfterValidator:
    def check(word: str) -> str:
        if word not in words:
            raise ValueError(gettext("Please choose one from the list."))
        return word

    return AfterValidator(check)


ComingDay = Annotated[date, AfterValidator(_not_gone)]
Name = Annotated[str, Field(max_length=60)]
Face = Annotated[str, _one_of(*FACES)]
Tint = Annotated[int, Field(ge=1, le=TINTS)]
Once = Annotated[UUID, Field(default_factory=new_id)]


class StartForm(Form):
    """A box of one's own."""

    messages: ClassVar[Mapping[str, str]] = {"name.missing": N_("Please say what you want to be called.")}
    once: Once
    name: Name
    email: EmailAddress | None = None
    theme: Annotated[str, _one_of(*THEMES)] = "tide"


class PersonForm(Form):
    """Someone in the box's life."""

    messages: ClassVar[Mapping[str, str]] = {"called.missing": N_("Please say what you call them.")}
    once: Once
    called: Name
    about: Annotated[str, Field(max_length=120)] = ""
    ring: Annotated[int, Field(ge=1, le=len(RINGS))] = 3
    in_touch: Literal["yes", "no"] = "yes"
    face: Face = "short"
    tint: Tint = 1


class InviteForm(Form):
    """How someone is asked to come in; no address is a code to say."""

    once: Once
    way: Literal["mail", "code"] = "code"
    email: EmailAddress | None = None


class AllowForm(Form):
    """What someone may do, and until when."""

    may_add: Literal["yes", "no"] = "no"
    ends_on: ComingDay | None = None


class CircleForm(Form):
    """A circle's name."""

    messages: ClassVar[Mapping[str, str]] = {"name.missing": N_("Please give the circle a name.")}
    once: Once
    name: Annotated[str, Field(max_length=40)]


class MemberForm(Form):
    """Someone's time in a circle."""

    messages: ClassVar[Mapping[str, str]] = {"person.missing": N_("Please choose someone.")}
    once: Once
    person: UUID
    starts_on: date | None = None
    ends_on: ComingDay | None = None


class LookForm(Form):
    """How a box looks."""

    theme: Annotated[str, _one_of(*THEMES)] = "tide"
    cover: Annotated[str, _one_of(*COVERS)] = "tide"
    mode: Annotated[str, _one_of(*MODES)] = ""
    pictures: bool = False


class FaceForm(Form):
    """What one is called, and one's picture."""

    messages: ClassVar[Mapping[str, str]] = {"name.missing": N_("Please say what you want to be called.")}
    name: Name
    face: Face = "short"
    tint: Tint = 1


class CodeForm(Form):
    """A code that somebody said."""

    messages: ClassVar[Mapping[str, str]] = {"code.missing": N_("Please type the code.")}
    code: Annotated[str, Field(max_length=100)]


class ComeInForm(Form):
    """Someone new who accepts an invitation."""

    messages: ClassVar[Mapping[str, str]] = {"name.missing": N_("Please say what you are called.")}
    once: Once
    name: Name


class AppLookForm(Form):
    """What the app is called on a phone, and its picture there."""

    name: Annotated[str, _one_of(*NAMES)]
    icon: Annotated[str, _one_of(*ICONS)]
