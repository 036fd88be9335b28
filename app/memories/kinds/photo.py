"""Photos: one or several of the same moment."""

from pydantic import Field

from app.kit.language import N_
from app.memories.kinds.kind import Details, Kind, KindForm


class PhotoDetails(Details):
    """`who` is who was there, in the person's own words."""

    who: str = ""


class PhotoForm(KindForm):
    who: str = Field("", max_length=200)


KIND = Kind(
    name="photo",
    word=N_("Photo"),
    a=N_("a photo"),
    noun=N_("Photo"),
    icon="camera",
    heading=N_("Add photos"),
    offer=N_("Take one or choose some"),
    tile=True,
    accepts="image/*,.heic,.heif",
    least=1,
    most=60,
    none_chosen=N_("Choose at least one photo."),
    when="taken",
    details=PhotoDetails,
    form=PhotoForm,
)
