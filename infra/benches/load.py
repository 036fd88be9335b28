"""Asks for one page again and again, over connections that stay open.

`python -m benches.load PORT PATH COOKIE CLIENTS SECONDS`

Prints JSON: `took` (seconds of each answer), `seconds` (all of them together), `bytes` (of one answer, as it was sent).
"""

import asyncio
import json
import sys
import time


async def _ask(port: int, request: bytes, until: float, took: list[float], size: list[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise SystemExit(f"not the page: {head[:80]!r}")
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        took.append(time.perf_counter() - began)
        size[:] = [len(head) + len(body)]
    writer.close()


async def _load(port: int, path: str, cookie: str, clients: int, seconds: float) -> None:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n"
        f"Cookie: {cookie}\r\n\r\n"
    ).encode()
    took: list[float] = []
    size: list[int] = []
    began = time.perf_counter()
    await asyncio.gather(*(_ask(port, request, began + seconds, took, size) for _ in range(clients)))
    print(json.dumps({"took": took, "seconds": time.perf_counter() - began, "bytes": size[0]}))


if __name__ == "__main__":
    asyncio.run(_load(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])))
