"""A voice: something said, sung or played."""

from pydantic import Field

from app.memories.kinds.kind import Details, Kind, KindForm


class VoiceDetails(Details):
    """`who` is whose voice it is."""

    who: str = ""


class VoiceForm(KindForm):
    who: str = Field("", max_length=200)


KIND = Kind(
    name="voice",
    word="Voice",
    a="a recording",
    icon="mic",
    heading="Just talk",
    offer="Just talk",
    tile=True,
    see="hear",
    when="today",
    accepts="audio/*",
    least=1,
    most=1,
    records="voice",
    none_chosen="Record something, or choose a recording you have.",
    details=VoiceDetails,
    form=VoiceForm,
)
