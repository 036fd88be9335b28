"""A message: words, and who said them."""

from pydantic import Field

from app.kit.language import N_, gettext
from app.memories.kinds.kind import Details, Kind, KindForm


class MessageDetails(Details):
    """`from_whom` is who said or wrote the words, as the young person calls them."""

    from_whom: str = ""


class MessageForm(KindForm):
    from_whom: str = Field("", max_length=80)


KIND = Kind(
    name="message",
    word=N_("Words"),
    a=N_("a message"),
    noun=N_("Message"),
    icon="words",
    heading=N_("Keep some words"),
    offer=N_("One line is fine"),
    tile=True,
    needs="words",
    details=MessageDetails,
    form=MessageForm,
    untitled=lambda details, giver: (
        gettext("Message from %(name)s", name=details.from_whom or giver) if details.from_whom or giver else ""
    ),
)
