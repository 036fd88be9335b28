"""A video."""

from pydantic import Field

from app.kit.language import N_
from app.memories.kinds.kind import Kind
from app.memories.kinds.said import Spoken, SpokenForm


class VideoDetails(Spoken):
    """`who` is who was there, in the person's own words."""

    who: str = ""


class VideoForm(SpokenForm):
    who: str = Field("", max_length=200)


KIND = Kind(
    name="video",
    word=N_("Video"),
    a=N_("a video"),
    noun=N_("Video"),
    icon="video",
    heading=N_("Add a video"),
    tile=True,
    accepts="video/*",
    least=1,
    most=1,
    none_chosen=N_("Choose a video."),
    when="taken",
    details=VideoDetails,
    form=VideoForm,
)
