"""Connections that say nothing end: a request's first line and header have a time to come in.

Between two requests uvicorn's own keep-alive limit holds, and a body's pace is `limits`' business.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.kit.config import settings
from app.web.headers import of_plain_words

HEADER_S = 20.0


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, that hangs up when a header is not there `header_s` seconds after its connection or its
    first byte.
    """

    header_s = HEADER_S

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._header_is_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The clock starts."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._start()

    def on_message_begin(self) -> None:
        """The first byte of a request, the first one or another."""
        super().on_message_begin()
        self._start()

    def on_headers_complete(self) -> None:
        """In time."""
        self._stop()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is waited for."""
        self._stop()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What cannot be read as HTTP is answered with the headers of every answer (uvicorn's own has none of them)."""
        headers = {**of_plain_words(settings().hsts), "Content-Type": "text/plain; charset=utf-8"}
        headers |= {"Content-Length": str(len(msg)), "Connection": "close"}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(f"HTTP/1.1 400 Bad Request\r\n{head}\r\n{msg}".encode("ascii"))
        self.transport.close()

    def _start(self) -> None:
        if self._header_is_due is None:
            self._header_is_due = self.loop.call_later(self.header_s, self._hang_up)

    def _stop(self) -> None:
        if self._header_is_due is not None:
            self._header_is_due.cancel()
            self._header_is_due = None

    def _hang_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
