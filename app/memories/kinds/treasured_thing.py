"""A treasured thing: a photo of it, its story, and where it is kept."""

from pydantic import Field

from app.kit.language import N_
from app.memories.kinds.kind import Details, Kind, KindForm


class ThingDetails(Details):
    """`kept_where` is where the real thing is ("On my shelf", "Nan has it")."""

    kept_where: str = ""


class ThingForm(KindForm):
    kept_where: str = Field("", max_length=200)


KIND = Kind(
    name="treasured_thing",
    word=N_("A thing I keep"),
    a=N_("a treasured thing"),
    noun=N_("Treasured thing"),
    icon="tag",
    heading=N_("A thing I keep"),
    offer=N_("A photo of it, and why it matters"),
    accepts="image/*,.heic,.heif",
    most=12,
    needs="title",
    details=ThingDetails,
    form=ThingForm,
)
