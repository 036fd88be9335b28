"""A pod walk: a recording made while walking somewhere that matters, with stops along the way."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from app.kit.language import N_, gettext
from app.memories import walk
from app.memories.kinds.kind import Details, Kind, Raw, Read
from app.memories.kinds.said import Spoken, SpokenForm
from app.web.forms import Form, Typed, parse, plain_digits
from app.web.posted import read_json

MOST_STOPS = 60


class Stop(BaseModel):
    """A place on the way. `at` is seconds from the start; `photo` is the id of a file of this memory, or empty.

    `upload` is a photo on its way in, until it has become that file.
    """

    title: str
    at: float = 0.0
    photo: str = ""
    upload: UUID | None = Field(default=None, exclude=True)


class PodWalkDetails(Spoken):
    """`who` walked along. `distance_m` is how far they walked, in metres, when it is known."""

    who: str = ""
    stops: list[Stop] = Field(default_factory=list)
    distance_m: float | None = None

    def uploads(self) -> list[UUID]:
        return [stop.upload for stop in self.stops if stop.upload]

    def claimed(self, files: Mapping[UUID, UUID]) -> None:
        for stop in self.stops:
            if stop.upload is not None and stop.upload in files:
                stop.photo = str(files[stop.upload])


def seconds_of(typed: str) -> float:
    """Read "1:58", "118" or "1:02:03" as seconds. Raises ValueError with a sentence."""
    typed = plain_digits(typed)
    if not re.fullmatch(r"\d{1,5}(\.\d+)?|(\d{1,2}:)?\d{1,3}:\d{2}", typed):
        raise ValueError(gettext("Say when as minutes and seconds, like 1:58."))
    total = 0.0
    for part in typed.split(":"):
        total = total * 60 + float(part)
    return total


def _pinned(posted: str) -> list[Stop]:
    """The recorder's stops, a JSON list of {t_s, title, upload}; what does not look like one is left out."""
    try:
        listed = read_json(posted)
    except ValueError:
        return []
    stops = []
    for each in listed[:MOST_STOPS] if isinstance(listed, list) else []:
        if not isinstance(each, dict) or type(each.get("t_s")) not in (int, float):
            continue
        title = str(each.get("title") or "").replace("\x00", "").strip()[:120]
        stop = Stop(title=title or gettext("A place"), at=max(0.0, float(each["t_s"])))
        try:
            stop.upload = UUID(str(each["upload"])) if each.get("upload") else None
        except ValueError:
            stop.upload = None
        stops.append(stop)
    return stops


class StopForm(Form):
    """One stop as typed; `photo` is a file it already has, `upload` one on its way."""

    title: str = Field("", max_length=120)
    at: str = Field("", max_length=12)
    photo: str = Field("", max_length=40)
    upload: UUID | None = None


class PodWalkForm(SpokenForm):
    """Stops come typed as stop1_title, stop1_at ("1:58") … and from the recorder as `stops`, with `route`."""

    who: str = Field("", max_length=200)

    @classmethod
    def read(cls, fields: Raw, details: type[Details]) -> Read:
        form, errors = parse(cls, fields)
        stops = _pinned(str(fields.get("stops") or ""))
        for number in range(1, MOST_STOPS + 1):
            prefix = f"stop{number}_"
            own = {name.removeprefix(prefix): value for name, value in fields.items() if name.startswith(prefix)}
            typed, wrong = parse(StopForm, own)
            errors |= {prefix + name: sentence for name, sentence in wrong.items()}
            if typed is None or not (typed.title or typed.at or typed.upload):
                continue
            try:
                at = seconds_of(typed.at or "0")
            except ValueError as error:
                errors[f"{prefix}at"] = str(error)
            else:
                stops.append(
                    Stop(title=typed.title or gettext("A place"), at=at, photo=typed.photo, upload=typed.upload)
                )
        if form is None or errors:
            return None, errors
        far = walk.length_m(walk.points_of(str(fields.get("route") or "")))
        kept = PodWalkDetails(who=form.who, said=form.said, stops=sorted(stops, key=lambda stop: stop.at))
        kept.distance_m = round(far) if far else None
        return kept, {}

    @classmethod
    def shown(cls, details: Any) -> Typed:
        kept: Typed = {"who": details.who, "said": details.said}
        for number, stop in enumerate(details.stops, 1):
            at = f"{int(stop.at) // 60}:{int(stop.at) % 60:02}"
            kept |= {f"stop{number}_title": stop.title, f"stop{number}_at": at, f"stop{number}_photo": stop.photo}
        return kept


KIND = Kind(
    name="pod_walk",
    word=N_("Pod walk"),
    a=N_("a pod walk"),
    noun=N_("Pod walk"),
    icon="walk",
    heading=N_("Pod walk"),
    offer=N_("Go to a place that matters and talk"),
    see="hear",
    wide=True,
    when="today",
    accepts="audio/*",
    least=1,
    most=1,
    records="walk",
    none_chosen=N_("Record your walk, or choose a recording you have."),
    details=PodWalkDetails,
    form=PodWalkForm,
    line=lambda details: walk.miles_words(details.distance_m or 0),
)
