"""A teacher presses send: three things in one mail are one gift in the tray, and a stranger's mail only knocks."""

import re
import smtplib
import subprocess
import uuid
from email.message import EmailMessage
from pathlib import Path

import imageio_ffmpeg
import pytest
from playwright.sync_api import Page, expect

from app.demo.papers import certificate_pdf
from tests.browser.conftest import Live, OpenPhone, shot, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
INSIDE = ("Meet me outside", "nobody needs to know", "private.jpg", "stranger@elsewhere.example")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Three seconds of moving picture and sound."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25", "-f", "lavfi",
        "-i", "sine=440", "-t", "3", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
        str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return path.read_bytes()


def address_for_mrs_patel(page: Page) -> str:
    page.goto("/start")
    page.get_by_label("What do you want to be called?").fill("Kai")
    page.get_by_role("button", name="Start my box").click()
    page.goto("/people")
    page.get_by_role("link", name="Add someone").click()
    page.get_by_label("What do you call them?").fill("Mrs Patel")
    page.get_by_role("button", name="Add them").click()
    page.goto("/people")
    page.get_by_text("List", exact=True).click()
    page.locator(".aslist").get_by_role("link", name=re.compile("Mrs Patel")).first.click()
    page.get_by_role("link", name=re.compile("email address for this box")).click()
    page.get_by_label(re.compile("The email Mrs Patel sends from")).fill("patel@ashwood.example")
    page.get_by_role("button", name="Make the address").click()
    return page.get_by_label("The whole address").input_value()


def written(sender: str, to: str, subject: str, words: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = f"<{uuid.uuid4()}@ashwood.example>"
    message.set_content(words)
    return message


def posted(live: Live, message: EmailMessage) -> None:
    with smtplib.SMTP("localhost", live.smtp_port) as smtp:
        smtp.send_message(message)


def test_three_things_in_one_mail_and_a_stranger_at_the_door(
    live: Live, phone: OpenPhone, corpora: Path, clip: bytes
) -> None:
    page = phone(None)
    to = address_for_mrs_patel(page)
    gift = written(
        "Mrs Patel <patel@ashwood.example>", to, "Sports day", "What a day, Kai.\n\n-- \nMrs R Patel\nForm tutor\n"
    )
    pdf = certificate_pdf("Sports day", "Kai", "for the long jump", "Ashwood High", 1)
    gift.add_attachment(pdf, "application", "pdf", filename="long-jump_award.pdf")
    photo = corpora / "photos-with-location" / "DSCN0010.jpg"
    gift.add_attachment(photo.read_bytes(), "image", "jpeg", filename="IMG_2041.jpg")
    gift.add_attachment(clip, "video", "mp4", filename="the finish.mp4")
    posted(live, gift)
    stranger = written("D. Mensah <stranger@elsewhere.example>", to, "Meet me outside", "And nobody needs to know.")
    stranger.add_attachment(photo.read_bytes(), "image", "jpeg", filename="private.jpg")
    posted(live, stranger)

    def all_here() -> bool:
        page.goto("/tray")
        ready = page.get_by_text("Getting it ready").count() == 0 and page.locator(".arrive .dur").count() == 1
        return ready and page.locator(".knock").count() == 1

    wait_until(all_here, 120, "One gift of three, and one knock")
    expect(page.get_by_text("Mrs Patel sent 3 things")).to_have_count(1)
    expect(page.get_by_text("What a day, Kai.")).to_be_visible()
    expect(page.locator(".arrive .dur")).to_have_text("0:03")
    arrived = page.locator(".arrive:not(.knock)")
    expect(arrived).to_have_count(1)
    for title in ("long jump award", "Sports day", "the finish"):
        expect(arrived.get_by_text(title).first).to_be_attached()
    loaded = arrived.locator("picture img").evaluate_all(
        "all => Promise.all(all.map(each => each.decode().then(() => each.naturalWidth)))"
    )
    assert len(loaded) == 3 and min(loaded) > 40
    assert "Form tutor" not in page.content()
    knock = page.locator(".knock")
    expect(knock.get_by_text("We don’t know them yet")).to_be_visible()
    expect(knock.get_by_text("“D. Mensah”").first).to_be_visible()
    assert knock.locator("img").count() == 0
    for inside in INSIDE:
        assert inside not in page.content()
    shot(page, "mail-three-things-and-a-knock")
    knock.scroll_into_view_if_needed()
    knock.get_by_text("Turn away", exact=True).click()
    shot(page, "mail-knock-turn-away")
    knock.get_by_role("button", name="Never let them in").click()
    expect(page.get_by_text("They can’t knock any more.")).to_be_visible()
    assert page.locator(".knock").count() == 0
    page.get_by_text("Turned away", exact=True).click()
    expect(page.get_by_text("Can’t knock, since")).to_be_visible()
    shot(page, "mail-kept-out")
    for inside in INSIDE:
        assert inside not in page.content()
    page.get_by_role("button", name="Keep").first.click()
    page.goto("/")
    shot(page, "mail-kept")
