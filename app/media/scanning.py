"""Asking ClamAV about a file before anything opens it, in clamd's own protocol (clamd(8), INSTREAM)."""

import socket
from contextlib import suppress
from typing import Literal

from app.kit.config import settings
from app.kit.near import virus_check_place
from app.media.processing.cage import Reader

Place = str | tuple[str, int]  # the path of a socket, or host and port
Verdict = Literal["clean", "virus", "unchecked"]
PORT = 3310
CONNECT_S = 5.0
# clamd answers once it has everything and has thought about it; a large archive takes it minutes.
ANSWER_S = 300.0
_PIECE = 256 * 1024
_LONGEST_ANSWER = 4096


class ScannerDown(Exception):
    """The virus check could not be asked, or gave no verdict: the file has to wait."""


def scanner() -> Place | None:
    """Where the virus check listens, from CLAMAV_HOST; None where there is none."""
    chosen = settings().clamav_host
    return virus_check_place(chosen, PORT) if chosen else None


def scan(source: Reader, where: Place) -> Verdict:
    """What clamd at `where` says of the plaintext of a file: clean, virus, or unchecked (longer than it takes).

    Raises ScannerDown for everything else, and what reading `source` raises.
    """
    try:
        with _line(where) as line:
            line.settimeout(ANSWER_S)
            # It hangs up on a file that is too long for it, having said so.
            with suppress(BrokenPipeError, ConnectionResetError):
                _send(line, source)
            return _verdict(_answer(line))
    except OSError as error:
        raise ScannerDown(type(error).__name__) from None


def _line(where: Place) -> socket.socket:
    if not isinstance(where, str):
        return socket.create_connection(where, timeout=CONNECT_S)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(CONNECT_S)
    try:
        line.connect(where)
    except OSError:
        line.close()
        raise
    return line


def _send(line: socket.socket, source: Reader) -> None:
    line.sendall(b"zINSTREAM\0")
    while piece := source.read(_PIECE):
        line.sendall(len(piece).to_bytes(4, "big") + piece)
    line.sendall(bytes(4))


def _answer(line: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < _LONGEST_ANSWER:
        piece = line.recv(_LONGEST_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.partition(b"\0")[0].decode("ascii", "replace").strip()


def _verdict(answer: str) -> Verdict:
    if answer == "stream: OK":
        return "clean"
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return "virus"
    if answer == "INSTREAM size limit exceeded. ERROR":
        return "unchecked"
    raise ScannerDown("no verdict")
