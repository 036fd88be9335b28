"""A real browser with files on a host of their own: everything shows, and no cookie ever goes there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.media.intake import attach
from app.people.door import cookie_name
from tests.browser.conftest import PHONE, wait_until
from tests.cast import Cast
from tests.machine import free_port
from tests.media.tools import web_process
from tests.memories.files import JPEG, wav

pytestmark = pytest.mark.browser


def test_files_show_from_a_host_of_their_own(
    cast: Cast, chromium: Browser, run_jobs: Callable[[], None], database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = []
    for kind, name, content in (("photo", "a.jpg", JPEG), ("voice", "a.wav", wav(2))):
        pages.append(cast.memory(kind=kind))
        with cast.acting("kai") as session:
            attach(
                session, box_id=cast.box["kai"], memory_id=pages[-1], added_by=cast.person["kai"],
                name=name, mime="application/octet-stream", chunks=[content],
            )  # fmt: skip
    run_jobs()
    port = free_port()
    main, files = f"http://localhost:{port}", f"http://files.localhost:{port}"
    monkeypatch.setenv("MEDIA_HOST", files.removeprefix("http://"))
    asked: list[tuple[str, bool]] = []
    trouble: list[str] = []
    with web_process(database, "", port):
        context = chromium.new_context(viewport=PHONE, base_url=main)
        context.add_cookies([{"name": cookie_name(), "value": cast.sign_in("kai"), "url": main}])
        page = context.new_page()
        page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: asked.append((request.url, "cookie" in request.all_headers())))
        for path in ("/", *(f"/memories/{memory_id}" for memory_id in pages)):
            page.goto(path)
        page.goto(f"/memories/{pages[0]}")
        picture = page.locator(".stage picture img")
        wait_until(lambda: picture.evaluate("image => image.complete && image.naturalWidth > 0"), 20, "A picture")
        assert picture.evaluate("image => image.currentSrc").startswith(files)
        page.goto(f"/memories/{pages[1]}")
        sound = page.locator("audio")
        wait_until(lambda: sound.evaluate("audio => audio.duration > 1"), 20, "A recording")
        sound.evaluate("audio => { audio.currentTime = 1; audio.play(); }")
        wait_until(lambda: sound.evaluate("audio => audio.currentTime > 1.1"), 20, "Playing on")
        context.close()
    there = [cookie for url, cookie in asked if url.startswith(files)]
    assert len(there) >= 4 and not any(there)
    assert not [url for url, _ in asked if url.startswith(f"{main}/media/")]
    assert any(cookie for url, cookie in asked if url.startswith(main))
    assert trouble == []
