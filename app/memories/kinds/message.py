"""A message: words, and who said them."""

from pydantic import Field

from app.memories.kinds.kind import Details, Kind, KindForm


class MessageDetails(Details):
    """`from_whom` is who said or wrote the words, as the young person calls them."""

    from_whom: str = ""


class MessageForm(KindForm):
    from_whom: str = Field("", max_length=80)


KIND = Kind(
    name="message",
    word="Words",
    a="a message",
    icon="words",
    heading="Keep some words",
    offer="One line is fine",
    tile=True,
    needs="words",
    details=MessageDetails,
    form=MessageForm,
    untitled=lambda details, giver: f"Message from {details.from_whom or giver}" if details.from_whom or giver else "",
)
