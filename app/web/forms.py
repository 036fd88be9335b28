"""Forms: what was typed in, a checked model or plain sentences out."""

import types
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, ClassVar, TypeVar, Union, get_args, get_origin

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import ClientDisconnect

from app.kit.language import N_, N_many, gettext, ngettext
from app.web.errors import Refused
from app.web.posted import NoForm, TooMuch, pairs_of

Model = TypeVar("Model", bound=BaseModel)
Typed = dict[str, str | list[str]]

UNREADABLE = N_("We couldn’t read what was sent.")
TOO_MANY_THINGS = N_("That’s too many things at once. Please send fewer.")
GENERAL = N_("This doesn’t look right. Please check it.")
SENTENCES: Mapping[str, str] = {
    "missing": N_("Please fill this in."),
    "too_short": N_("Please choose at least {min_length}."),
    "too_long": N_("That’s too many. Please choose {max_length} at most."),
    "enum": N_("Please choose one from the list."),
    "literal_error": N_("Please choose one from the list."),
    "uuid_parsing": N_("Please choose one from the list."),
    "bool_parsing": N_("Please choose one from the list."),
    "int_parsing": N_("Please type a whole number."),
    "int_from_float": N_("Please type a whole number."),
    "float_parsing": N_("Please type a number."),
    "decimal_parsing": N_("Please type a number."),
    "greater_than": N_("Please type a number over {gt}."),
    "greater_than_equal": N_("Please type {ge} or more."),
    "less_than": N_("Please type a number under {lt}."),
    "less_than_equal": N_("Please type {le} or less."),
    "date_from_datetime_parsing": N_("Please give a real day, like 31 August 2026."),
    "date_parsing": N_("Please give a real day, like 31 August 2026."),
    "datetime_parsing": N_("Please give a real day and time."),
    "datetime_from_date_parsing": N_("Please give a real day and time."),
    "time_parsing": N_("Please give a real time, like 3:40."),
    "url_parsing": N_("Please give a whole link. It starts with https://"),
    "url_scheme": N_("Please give a whole link. It starts with https://"),
}
COUNTED: Mapping[str, tuple[str, tuple[str, str]]] = {
    "string_too_short": (
        "min_length",
        N_many(
            "This is a bit short. It needs %(num)s letter or more.",
            "This is a bit short. It needs %(num)s letters or more.",
        ),
    ),
    "string_too_long": (
        "max_length",
        N_many(
            "This is too long. Please keep it to %(num)s letter.",
            "This is too long. Please keep it to %(num)s letters.",
        ),
    ),
}


class Form(BaseModel):
    """The base of a form. `messages` has its own sentences, by "field" or by "field.error_type" (pydantic's name).

    They are marked with N_, and said when they are shown. What pydantic knows of the mistake fills `{…}` in them.
    """

    messages: ClassVar[Mapping[str, str]] = {}


def _takes_many(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _takes_many(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return any(_takes_many(part) for part in get_args(annotation))
    return (origin or annotation) in (list, set, tuple, frozenset)


_COUNTED = (int, float, Decimal, date, datetime, time)


def plain_digits(text: str) -> str:
    """What was typed as a number, a date or a code, in the digits and signs that machines read.

    A digit of any script (Unicode's Nd: ٢٠١٥, ۲۰۱۵, २०१५) becomes 0–9, a full-width letter or sign its usual form
    (NFKC), and the marks that a keyboard puts in for the direction of the text (Cf) go.
    """
    told = unicodedata.normalize("NFKC", text).replace("٫", ".")
    digits = [str(unicodedata.decimal(letter, letter)) for letter in told if unicodedata.category(letter) != "Cf"]
    return "".join(digits)


def _is_counted(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _is_counted(get_args(annotation)[0])
    if get_args(annotation):
        return any(_is_counted(part) for part in get_args(annotation) if isinstance(part, type) or get_origin(part))
    return annotation in _COUNTED


def _clean(text: str) -> str:
    # PostgreSQL text cannot hold NUL; browsers send line ends as CRLF.
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def _sentence(form_model: type[BaseModel], field: str, detail: ErrorDetails) -> str:
    own: Mapping[str, str] = getattr(form_model, "messages", {})
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind == "value_error" and f"{field}.{kind}" not in own and field not in own:
        return str(context.get("error", "")) or gettext(GENERAL)
    chosen = own.get(f"{field}.{kind}") or own.get(field)
    if chosen is None and kind in COUNTED:
        limit, (one, many) = COUNTED[kind]
        return ngettext(one, many, context[limit])
    said = gettext(chosen or SENTENCES.get(kind, GENERAL))
    return said.format_map(context) if "{" in said else said


def parse(form_model: type[Model], fields: Mapping[str, str | list[str]]) -> tuple[Model | None, dict[str, str]]:
    """Check what was typed against a pydantic model.

    `fields` maps a name to its text, or to a list when it came more than once. Text is stripped; an empty one counts as
    not given, so a default applies or "Please fill this in." does. A field that takes a list gets one. A number, a
    day or a time may be typed in the digits of any script.

    Returns the model and no errors, or None and one sentence per field; what belongs to no single field is under
    "form". A `ValueError` raised by a validator is shown as its own text, so say it to a person, with gettext.
    """
    given: dict[str, Any] = {}
    for name, info in form_model.model_fields.items():
        key = info.alias or name
        raw = fields.get(key)
        if raw is None:
            continue
        texts = [text for text in map(_clean, [raw] if isinstance(raw, str) else raw) if text]
        if _is_counted(info.annotation):
            texts = [plain_digits(text) for text in texts]
        if texts:
            given[key] = texts if _takes_many(info.annotation) else texts[-1]
    try:
        return form_model.model_validate(given), {}
    except ValidationError as error:
        sentences: dict[str, str] = {}
        for detail in error.errors(include_url=False, include_input=False):
            field = str(detail["loc"][0]) if detail["loc"] else "form"
            sentences.setdefault(field, _sentence(form_model, field, detail))
        return None, sentences


async def read_fields(request: Request) -> Typed:
    """The text fields of a posted form (urlencoded or multipart): one text each, or a list when a name came again.

    Raises Refused for what is no form (400), for more fields than a page has (413), and when it does not come (408).
    """
    try:
        body = await request.body()
    except ClientDisconnect:
        raise Refused(gettext(UNREADABLE), 408, {"Connection": "close"}) from None
    try:
        pairs = await run_in_threadpool(pairs_of, request.headers.get("content-type", ""), body)
    except NoForm:
        raise Refused(gettext(UNREADABLE), 400) from None
    except TooMuch:
        raise Refused(gettext(TOO_MANY_THINGS), 413) from None
    return gathered(pairs)


def gathered(pairs: Iterable[tuple[str, str]]) -> Typed:
    """Pairs by their name."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


Fields = Annotated[Typed, Depends(read_fields)]
