"""A life track: up to three songs for how a year or a time felt."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator

from app.kit.language import N_, gettext
from app.memories.kinds.kind import Details, Kind, KindForm, Raw, Read
from app.web.forms import Form, Typed, parse

SONGS = 3
WHOLE_LINK = N_("Please give a whole link. It starts with https://")


class Song(BaseModel):
    """One song. `link` opens outside, and is https or empty."""

    title: str
    artist: str = ""
    link: str = ""
    feelings: list[str] = Field(default_factory=list)
    why: str = ""


class LifeTrackDetails(Details):
    """Up to three songs, in the order they play."""

    FEELINGS: ClassVar = (
        N_("happy"), N_("calm"), N_("silly"), N_("safe"), N_("proud"), N_("hopeful"), N_("loved"), N_("free"),
        N_("missing someone"), N_("sad"), N_("worried"), N_("angry"), N_("bit lonely"), N_("tired"), N_("mixed up"),
    )  # fmt: skip

    songs: list[Song] = Field(default_factory=list)


class SongForm(Form):
    """One song as typed; `own` are feeling words of their own, with commas between them."""

    title: str = Field("", max_length=120)
    artist: str = Field("", max_length=120)
    link: str = Field("", max_length=500)
    feelings: list[str] = Field(default_factory=list, max_length=20)
    own: str = Field("", max_length=120)
    why: str = Field("", max_length=2000)

    @field_validator("link")
    @classmethod
    def https_only(cls, link: str) -> str:
        try:
            parts = urlsplit(link)
        except ValueError:
            raise ValueError(gettext(WHOLE_LINK)) from None
        if link and (parts.scheme != "https" or not parts.hostname or any(c.isspace() for c in link)):
            raise ValueError(gettext(WHOLE_LINK))
        return link

    def song(self) -> Song:
        """The song as kept: offered feelings first, then their own, each once."""
        own = [word.strip() for word in self.own.split(",") if word.strip()]
        feelings = list(dict.fromkeys([word for word in self.feelings if word in LifeTrackDetails.FEELINGS] + own))
        return Song(title=self.title, artist=self.artist, link=self.link, feelings=feelings, why=self.why)


def feeling_words(feeling: str) -> str:
    """A feeling as it is shown: those that are offered in the language of the moment, their own as they wrote it."""
    return gettext(feeling) if feeling in LifeTrackDetails.FEELINGS else feeling


class LifeTrackForm(KindForm):
    """Songs come as song1_title … song3_why."""

    @classmethod
    def read(cls, fields: Raw, details: type[Details]) -> Read:
        songs: list[Song] = []
        errors: dict[str, str] = {}
        for number in range(1, SONGS + 1):
            prefix = f"song{number}_"
            own = {name.removeprefix(prefix): value for name, value in fields.items() if name.startswith(prefix)}
            form, wrong = parse(SongForm, own)
            errors |= {prefix + name: sentence for name, sentence in wrong.items()}
            if form and form.title:
                songs.append(form.song())
            elif form and form != SongForm():
                errors[f"{prefix}title"] = gettext("What is this song called?")
        if not errors and not songs:
            errors["song1_title"] = gettext("Put in one song, at least. More can come later.")
        return (None if errors else LifeTrackDetails(songs=songs)), errors

    @classmethod
    def shown(cls, details: Any) -> Typed:
        kept: Typed = {}
        for number, song in enumerate(details.songs, 1):
            kept |= {f"song{number}_{name}": getattr(song, name) for name in ("title", "artist", "link", "why")}
            kept[f"song{number}_feelings"] = [word for word in song.feelings if word in LifeTrackDetails.FEELINGS]
            own = [word for word in song.feelings if word not in LifeTrackDetails.FEELINGS]
            kept[f"song{number}_own"] = ", ".join(own)
        return kept


KIND = Kind(
    name="life_track",
    word=N_("Life track"),
    a=N_("a life track"),
    noun=N_("Life track"),
    icon="tape",
    heading=N_("Three songs for how it felt"),
    offer=N_("Three songs for how a year felt"),
    wide=True,
    when="this_year",
    details=LifeTrackDetails,
    form=LifeTrackForm,
    untitled=lambda details, giver: gettext("Three songs") if len(details.songs) > 1 else gettext("A song"),
    line=lambda details: " · ".join(song.title for song in details.songs),
)
