"""A letter for later: nobody can read it until its day."""

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field

from app.kit.clock import today
from app.kit.language import N_, gettext
from app.memories.kinds.kind import Details, Kind, KindForm, Raw, Read
from app.web.forms import Typed, parse

LAST_YEAR = 2200


class LetterDetails(Details):
    """What may be known of a sealed letter; its words are in `LetterInside`.

    `opens_on` is the first day it can be read, `opens_age` how old its owner is then if that is how they chose it, and
    `with_whom` who its owner wants to be with when they open it.
    """

    opens_on: date | None = None
    opens_age: int | None = None
    with_whom: str = ""

    @property
    def sealed(self) -> bool:
        """Whether its day has not come."""
        return self.opens_on is not None and self.opens_on > today()


def coming(day: date | None) -> str:
    """What is wrong with a day for a letter to open on, in one sentence; "" when it will do."""
    if day is None:
        return gettext("Which day does it open?")
    if not today() < day or day.year > LAST_YEAR:
        return gettext("Pick a day that is still to come.")
    return ""


class LetterForm(KindForm):
    """When it opens: on a day, or at an age, whose day is worked out from the box's birthday when it is made."""

    opens: Literal["day", "age"] = "day"
    opens_on: date | None = None
    opens_age: int | None = None
    with_whom: str = Field("", max_length=80)
    messages: ClassVar = {"opens_on": N_("Please pick a day, like 3 May 2030.")}

    @classmethod
    def read(cls, fields: Raw, details: type[Details]) -> Read:
        form, errors = parse(cls, fields)
        if form is None:
            return None, errors
        if form.opens == "age":
            if form.opens_age is None:
                return None, {"opens_age": gettext("How old will you be?")}
            return LetterDetails(opens_age=form.opens_age, with_whom=form.with_whom), {}
        wrong = coming(form.opens_on)
        if wrong:
            return None, {"opens_on": wrong}
        return LetterDetails(opens_on=form.opens_on, with_whom=form.with_whom), {}


class LetterChangeForm(KindForm):
    """What can be changed afterwards: never what is inside, nor the day."""

    with_whom: str = Field("", max_length=80)

    @classmethod
    def shown(cls, details: Any) -> Typed:
        return {"with_whom": details.with_whom}


KIND = Kind(
    name="letter",
    word=N_("Letter for later"),
    a=N_("a letter"),
    noun=N_("Letter"),
    icon="mail",
    heading=N_("Write a letter for later"),
    offer=N_("To me, when I’m older"),
    needs="words",
    when="today",
    seals=True,
    details=LetterDetails,
    form=LetterForm,
    change_form=LetterChangeForm,
    untitled=lambda details, giver: (
        gettext("A letter from %(name)s", name=giver) if giver else gettext("A letter to me")
    ),
)
