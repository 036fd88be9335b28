"""A TCP proxy that cuts connections: in the middle of what is sent, or just before the answer comes back."""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

HOWS = ("closed", "reset", "answer closed", "answer reset")


@dataclass
class Cutter:
    """Stands before `target`. After each of `budgets` bytes sent through it, by however many connections, it cuts."""

    target: int
    budgets: list[int]
    chance: random.Random
    answers_too: bool
    port: int = 0
    cuts: int = 0
    how: str = ""
    sent: int = 0
    _left: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._next()

    def _next(self) -> None:
        self._left = self.budgets.pop(0) if self.budgets else -1
        self.how = self.chance.choice(HOWS if self.answers_too else HOWS[:2])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from a client."""
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        lines = (writer, up_writer)
        both = [
            asyncio.create_task(self._up(reader, up_writer, lines)),
            asyncio.create_task(self._down(up_reader, writer, lines)),
        ]
        await asyncio.wait(both)

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lines: tuple) -> None:
        try:
            while data := await reader.read(65536):
                if 0 <= self._left <= len(data) and not self.how.startswith("answer"):
                    writer.write(data[: self._left])
                    await writer.drain()
                    self._cut(lines)
                    return
                if self._left >= 0:
                    self._left = max(0, self._left - len(data))
                self.sent += len(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        for line in lines:
            line.close()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lines: tuple) -> None:
        try:
            while data := await reader.read(65536):
                if self._left == 0 and self.how.startswith("answer"):
                    self._cut(lines)
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            for line in lines:
                line.close()

    def _cut(self, lines: tuple) -> None:
        self.cuts += 1
        for line in lines:
            if self.how.endswith("reset"):
                raw: socket.socket = line.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.transport.abort() if self.how.endswith("reset") else line.close()
        self._next()


@contextmanager
def cutting(cutters: list[Cutter]) -> Iterator[None]:
    """All of them at work, each on a port of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start(cutter: Cutter) -> asyncio.Server:
        server = await asyncio.start_server(cutter.serve, "127.0.0.1", 0)
        cutter.port = server.sockets[0].getsockname()[1]
        return server

    async def stop(servers: list[asyncio.Server]) -> None:
        for server in servers:
            server.close()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    servers = [asyncio.run_coroutine_threadsafe(start(cutter), loop).result(10) for cutter in cutters]
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(stop(servers), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
