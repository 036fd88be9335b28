"""Sending files from a phone: what is too big is said at once, and a page that was closed goes on where it was."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import OpenPhone, shot, wait_until

pytestmark = pytest.mark.browser
MIB = 1024 * 1024


def requests_to_uploads(page: Page) -> list[tuple[str, int]]:
    """Method and `Upload-Offset` of each, as they are made."""
    seen: list[tuple[str, int]] = []

    def note(request: Request) -> None:
        if "/uploads" in request.url:
            seen.append((request.method, int(request.headers.get("upload-offset", -1))))

    page.on("request", note)
    return seen


def test_a_closed_page_goes_on_where_it_was(phone: OpenPhone, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(bytes(range(256)) * (24 * MIB // 256))
    page = phone("Kai")
    page.goto("/add/video")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 5, "downloadThroughput": 5_000_000, "uploadThroughput": 3_000_000}
    network.send("Network.emulateNetworkConditions", slow)
    page.locator("input[type=file]").first.set_input_files(clip)
    progress = page.locator(".sending progress").first
    wait_until(lambda: float(progress.get_attribute("value") or 0) >= 45, 60, "Forty-five per cent sent")
    context = page.context
    page.close()

    again = context.new_page()
    seen = requests_to_uploads(again)
    again.goto("/add/video")
    again.locator("input[type=file]").first.set_input_files(clip)
    expect(again.locator(".sending").get_by_text("Sent. It’s safe with us.")).to_be_visible(timeout=60_000)
    patches = [offset for method, offset in seen if method == "PATCH"]
    assert [method for method, _ in seen[:2]] == ["HEAD", "PATCH"] and "POST" not in dict(seen)
    assert patches[0] >= 5 * MIB
    shot(again, "upload-went-on")


def test_what_is_too_big_is_said_before_it_is_sent(phone: OpenPhone, tmp_path: Path) -> None:
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(100_000_001)
    page = phone("Kai")
    seen = requests_to_uploads(page)
    page.goto("/add/photo")
    expect(page.get_by_text("Photos up to 100 MB.")).to_be_visible()
    shot(page, "upload-limits")
    page.locator("input[type=file]").first.set_input_files(huge)
    expect(
        page.locator(".sending").get_by_text(re.compile("too big, so it wasn’t sent. Photos can be up to 100 MB"))
    ).to_be_visible()
    shot(page, "upload-too-big")
    assert seen == []
    page.get_by_role("button", name=re.compile("^Take huge.jpg out")).click()
    expect(page.get_by_text(re.compile("too big"))).to_have_count(0)


def test_what_was_chosen_before_the_script_came_is_shown(phone: OpenPhone, tmp_path: Path) -> None:
    notes = [tmp_path / "one.txt", tmp_path / "two.txt"]
    for note in notes:
        note.write_text("Chosen early.")
    page = phone("Kai")
    held: list[Route] = []
    page.route(re.compile(r"resume-upload.*\.js"), lambda route: held.append(route))
    page.goto("/add/photo", wait_until="commit")
    page.locator("input[type=file][data-upload]").first.set_input_files(notes)
    expect(page.locator(".sending")).to_have_count(0)
    wait_until(lambda: bool(held), 20, "The script being asked for")
    for route in held:
        route.continue_()
    for note in notes:
        expect(page.locator(".sending").filter(has_text=note.name)).to_be_visible()
