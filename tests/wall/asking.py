"""Requests put straight to the application, as a server hands them over, with no client's own work between."""

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from app.people.door import cookie_name


@dataclass(frozen=True)
class Asked:
    """One request by one browser: a GET, or the form that a POST sends."""

    browser: "Browser"
    path: str
    form: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Answer:
    status: int
    text: str


@dataclass(frozen=True)
class Browser:
    """Someone who is signed in, at an address of their own."""

    cookie: str
    address: str

    def scope(self, asked: Asked, length: int) -> dict[str, Any]:
        """The request as ASGI 3 writes it."""
        sent = {"host": "localhost", "sec-fetch-site": "same-origin", "cookie": f"{cookie_name()}={self.cookie}"}
        if asked.form is not None:
            sent |= {"content-type": "application/x-www-form-urlencoded", "content-length": str(length)}
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET" if asked.form is None else "POST",
            "scheme": "http",
            "path": asked.path,
            "raw_path": asked.path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "client": (self.address, 50000),
            "server": ("localhost", 80),
        }


class Asking:
    """The application in an event loop of its own, in a thread of its own, as this one may have another."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.loop = asyncio.new_event_loop()
        self.todo: asyncio.Queue[tuple[Iterable[Asked], Future[list[Answer]]] | None] = asyncio.Queue()
        self.thread = Thread(target=self.loop.run_until_complete, args=(self._work(),), daemon=True)
        self.thread.start()

    def ask(self, every: Iterable[Asked]) -> list[Answer]:
        """The answers to these requests, put one after the other. Raises what the application does not catch."""
        answers: Future[list[Answer]] = Future()
        self.loop.call_soon_threadsafe(self.todo.put_nowait, (every, answers))
        return answers.result(120)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.todo.put_nowait, None)
        self.thread.join()
        self.loop.close()

    async def _work(self) -> None:
        """One task for as long as there are requests: the threads that handlers run in end with the task."""
        while (asked := await self.todo.get()) is not None:
            every, answers = asked
            try:
                answers.set_result([await self._ask(each) for each in every])
            except Exception as error:
                answers.set_exception(error)

    async def _ask(self, asked: Asked) -> Answer:
        body = urlencode(asked.form or {}, doseq=True).encode()
        parts = [{"type": "http.request", "body": body, "more_body": False}]
        status, came = [], []

        async def receive() -> dict[str, Any]:
            return parts.pop() if parts else await self.loop.create_future()

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                status.append(message["status"])
            else:
                came.append(message.get("body", b""))

        await self.app(asked.browser.scope(asked, len(body)), receive, send)
        return Answer(status[0], b"".join(came).decode(errors="replace"))
