"""From a piece of the story to a file: what a phone or a school would have sent."""

from typing import NamedTuple

from app.demo import art, films, papers, sounds
from app.demo.story import Drawn, Filmed, Heard, Paper, Piece

LONG, SHORT = 1440, 1080


class Made(NamedTuple):
    """A file as it would have come from somebody's phone."""

    name: str
    mime: str
    data: bytes


def make(piece: Piece) -> Made:
    """Draw, film, record or print it. Raises what the makers raise."""
    match piece:
        case Drawn():
            width, height = (SHORT, LONG) if piece.tall else (LONG, SHORT)
            return Made(f"{piece.scene}.jpg", "image/jpeg", art.draw(piece.scene, width, height, piece.seed))
        case Filmed():
            return Made(f"{piece.scene}.mp4", "video/mp4", films.film(piece.scene, piece.seconds, piece.seed))
        case Heard(what="walk"):
            return Made("walk.m4a", "audio/mp4", sounds.pod_walk(piece.seconds, piece.seed))
        case Heard():
            return Made("humming.m4a", "audio/mp4", sounds.hum(piece.seconds, piece.seed))
        case Paper():
            return _paper(piece)


def _paper(paper: Paper) -> Made:
    words = (paper.title, paper.name, paper.line, paper.school, paper.seed)
    name = paper.title.lower().replace(" ", "-")
    if paper.photo:
        return Made(f"{name}.jpg", "image/jpeg", papers.certificate_picture(*words))
    return Made(f"{name}.pdf", "application/pdf", papers.certificate_pdf(*words))
