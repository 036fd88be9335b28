"""A certificate or another paper: pictures and PDFs can be looked at, anything else is kept and can be saved."""

from pydantic import Field

from app.kit.language import N_
from app.memories.kinds.kind import Details, Kind, KindForm


class CertificateDetails(Details):
    """`given_by` is who gave it to them: a school, a club, a person."""

    given_by: str = ""


class CertificateForm(KindForm):
    given_by: str = Field("", max_length=120)


KIND = Kind(
    name="certificate",
    word=N_("Certificate"),
    a=N_("a certificate"),
    noun=N_("Certificate"),
    icon="star",
    heading=N_("Add a certificate"),
    offer=N_("Or a letter, a drawing, any paper or file"),
    least=1,
    most=20,
    none_chosen=N_("Choose a picture of it, or the file."),
    details=CertificateDetails,
    form=CertificateForm,
)
