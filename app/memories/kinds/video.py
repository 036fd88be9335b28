"""A video."""

from pydantic import Field

from app.memories.kinds.kind import Details, Kind, KindForm


class VideoDetails(Details):
    """`who` is who was there, in the person's own words."""

    who: str = ""


class VideoForm(KindForm):
    who: str = Field("", max_length=200)


KIND = Kind(
    name="video",
    word="Video",
    a="a video",
    icon="video",
    heading="Add a video",
    tile=True,
    accepts="video/*",
    least=1,
    most=1,
    none_chosen="Choose a video.",
    when="taken",
    details=VideoDetails,
    form=VideoForm,
)
