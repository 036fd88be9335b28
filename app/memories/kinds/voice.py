"""A voice: something said, sung or played."""

from pydantic import Field

from app.kit.language import N_
from app.memories.kinds.kind import Kind
from app.memories.kinds.said import Spoken, SpokenForm


class VoiceDetails(Spoken):
    """`who` is whose voice it is."""

    who: str = ""


class VoiceForm(SpokenForm):
    who: str = Field("", max_length=200)


KIND = Kind(
    name="voice",
    word=N_("Voice"),
    a=N_("a recording"),
    noun=N_("Recording"),
    icon="mic",
    heading=N_("Just talk"),
    offer=N_("Just talk"),
    tile=True,
    see="hear",
    when="today",
    accepts="audio/*",
    least=1,
    most=1,
    records="voice",
    none_chosen=N_("Record something, or choose a recording you have."),
    details=VoiceDetails,
    form=VoiceForm,
)
