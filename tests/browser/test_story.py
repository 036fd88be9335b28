"""The story of the first box, in a real browser: from an empty box to a teacher who sees one thing and nothing else."""

import re
import smtplib
import subprocess
import uuid
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import imageio_ffmpeg
import pytest
from playwright.sync_api import Browser, expect

from app.demo.papers import certificate_pdf
from app.kit.clock import today
from tests.browser.conftest import Live, be, shot, wait_until
from tests.browser.telling import Story, add_person, come_in, mailbox

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PHOTOS = 12
LENGTH = """media => new Promise(done => {
    if (media.readyState) return done(media.duration)
    media.onloadedmetadata = () => done(media.duration)
    media.load()
})"""


@pytest.fixture(scope="module")
def story(live: Live, chromium: Browser) -> Iterator[Story]:
    told = Story(live, chromium)
    yield told
    for context in told.contexts:
        context.close()
    assert told.trouble == []


def test_1_kai_starts_a_box_and_signs_in_with_a_passkey(story: Story) -> None:
    page = story.phone("Kai")
    page.goto("/start")
    page.get_by_label("What do you want to be called?").fill("Kai")
    shot(page, "story-start")
    page.get_by_role("button", name="Start my box").click()
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    keys.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    page.goto("/me/devices")
    page.get_by_role("button", name="Let this phone open it").click()
    expect(page.get_by_text(re.compile("^Added"))).to_be_visible()
    shot(page, "story-ways-in")
    page.goto("/me")
    page.get_by_role("button", name="Lock my box").click()
    expect(page.get_by_role("button", name="Open my box")).to_be_visible()
    shot(page, "story-sign-in")
    page.get_by_role("button", name="Open my box").click()
    expect(page.get_by_role("heading", name="Hi Kai")).to_be_visible()
    shot(page, "story-empty-box")


def test_2_kai_adds_twelve_real_photos(story: Story, corpora: Path) -> None:
    page = story.phone("Kai")
    photos = sorted((corpora / "photos-with-location").glob("*.[jJhH]*"))[:PHOTOS]
    assert len(photos) == PHOTOS
    page.goto("/add/photo")
    page.locator("input[type=file]").first.set_input_files(photos)
    expect(page.get_by_text(re.compile("^(Sent|It’s here)|100%|Ready")).first).to_be_visible(timeout=60_000)
    page.get_by_label("What do you call it?").fill("Everywhere we went")
    shot(page, "story-add-photos")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("heading", name="Everywhere we went")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Just me")).to_be_visible()

    def all_shown() -> bool:
        page.reload()
        return page.get_by_text("Getting it ready").count() == 0

    wait_until(all_shown, 120, "Twelve photos to look at")
    expect(page.get_by_text(f"1 of {PHOTOS}", exact=True)).to_be_visible()
    shot(page, "story-photos")
    page.goto("/")
    expect(page.locator(".keep picture img").first).to_be_visible()
    shown = page.locator(".keep picture img").first.evaluate("img => img.decode().then(() => img.naturalWidth)")
    assert shown > 100


def test_3_kai_records_a_pod_walk_of_ten_seconds(story: Story) -> None:
    page = story.phone("Kai")
    page.goto("/add/pod_walk")
    page.get_by_role("button", name="Start recording").click()
    expect(page.locator("[data-record-clock]")).to_have_text("0:04", timeout=15_000)
    page.locator("[data-record-pause]").click()
    shot(page, "story-recording-paused")
    page.locator("[data-record-pause]").click()
    page.get_by_role("button", name="Pin this place").click()
    page.get_by_label("What’s here?").first.fill("The gate still sticks")
    page.get_by_role("button", name="Pin it").click()
    expect(page.locator("[data-record-clock]")).to_have_text("0:10", timeout=20_000)
    shot(page, "story-recording")
    page.get_by_role("button", name="Finish recording").click()
    page.get_by_label("What do you call it?").fill("Railway Cottages, walking")
    shot(page, "story-recorded")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("heading", name="Railway Cottages, walking")).to_be_visible(timeout=60_000)

    def playable() -> bool:
        page.reload()
        return page.locator("audio source").count() > 0

    wait_until(playable, 60, "A pod walk that can be heard")
    expect(page.get_by_text("The gate still sticks")).to_be_visible()
    seconds = page.locator("audio").first.evaluate(LENGTH)
    assert 9 <= seconds <= 13
    shot(page, "story-pod-walk")


def test_4_kai_makes_a_life_track(story: Story) -> None:
    page = story.phone("Kai")
    page.goto("/add/life_track")
    page.get_by_label("What’s it called?").first.fill("Slow Tide")
    page.get_by_label("Who’s it by?").first.fill("Marlow Bay")
    page.get_by_text("calm", exact=True).first.click()
    page.get_by_label("What do you call it?").fill("Three songs for this year")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("heading", name="Three songs for this year")).to_be_visible()
    expect(page.get_by_text("Slow Tide").first).to_be_visible()
    expect(page.get_by_text("calm").first).to_be_visible()
    shot(page, "story-life-track")


def test_5_kai_lets_people_in_and_makes_a_circle(story: Story) -> None:
    page = story.phone("Kai")
    for name in ("Mrs Patel", "Joe"):
        add_person(page, name, mailbox(name))
        come_in(story, name)
    page.goto("/people")
    page.get_by_role("link", name="Make a circle").click()
    page.get_by_label("What is it called?").fill("School")
    page.get_by_role("button", name="Make it").click()
    page.get_by_label("Mrs Patel").check()
    page.get_by_role("button", name="Put them in").click()
    expect(page.get_by_role("button", name="Take Mrs Patel out of School")).to_be_visible()
    shot(page, "story-circle")
    page.goto("/people")
    shot(page, "story-people")


def test_6_mrs_patel_sends_a_certificate_from_a_mail_program(story: Story) -> None:
    page = story.phone("Kai")
    page.goto("/people")
    page.get_by_text("List", exact=True).click()
    page.locator(".aslist").get_by_role("link", name=re.compile("Mrs Patel")).click()
    page.get_by_role("link", name=re.compile("email address for this box")).click()
    expect(page.get_by_text(f"What comes from {mailbox('Mrs Patel')} goes straight to your tray")).to_be_visible()
    address = page.get_by_label("The whole address").input_value()
    shot(page, "story-address")
    message = EmailMessage()
    message["From"], message["To"] = f"Mrs Patel <{mailbox('Mrs Patel')}>", address
    message["Subject"], message["Message-ID"] = "Star of the week", f"<{uuid.uuid4()}@ashwood.example>"
    message.set_content("Well done, Kai. Everybody clapped.\n\n-- \nMrs R Patel\nForm tutor\n")
    pdf = certificate_pdf("Star of the week", "Kai", "for saving a seat at lunch", "Ashwood High", 1)
    message.add_attachment(pdf, "application", "pdf", filename="star.pdf")
    with smtplib.SMTP("localhost", story.live.smtp_port) as smtp:
        smtp.send_message(message)

    def arrived() -> bool:
        page.goto("/tray")
        return page.get_by_text("Mrs Patel sent").count() > 0 and page.locator(".arrive picture img").count() > 0

    wait_until(arrived, 60, "A certificate in the tray")
    expect(page.get_by_text("Everybody clapped")).to_be_visible()
    assert page.get_by_text("Form tutor").count() == 0
    shot(page, "story-tray")
    page.goto("/")
    shot(page, "story-home-with-news")


def test_7_kai_keeps_it_and_lets_school_see_it_until_a_day(story: Story) -> None:
    page = story.phone("Kai")
    page.goto("/tray")
    page.get_by_role("button", name="Keep it").click()
    page.goto("/")
    page.locator(".keep").get_by_role("link", name=re.compile("Star of the week")).click()
    page.wait_for_url(re.compile("/memories/"))
    story.certificate = page.url
    expect(page.get_by_text("Just me")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Change who can")).click()
    page.get_by_text("Me and people I pick").click()
    page.get_by_text("School", exact=True).click()
    page.get_by_text("A date", exact=True).click()
    until = today() + timedelta(days=30)
    page.get_by_label(re.compile("up to and including")).fill(until.isoformat())
    said = page.locator("#sentence")
    expect(said).to_contain_text(re.compile(f"Mrs Patel can see this until {until.day} {until:%B}"))
    expect(said).to_contain_text("Nobody else can.")
    shot(page, "story-who-can-see")
    page.get_by_role("button", name="Save this").click()
    expect(page.get_by_text(re.compile("Mrs Patel can see this")).first).to_be_visible()
    shot(page, "story-shared")


def test_8_mrs_patel_signs_in_and_sees_that_one_thing_and_nothing_else(story: Story) -> None:
    page = story.phone("Mrs Patel")
    page.goto("/")
    page.get_by_role("link", name=re.compile("Kai")).first.click()
    page.wait_for_load_state()
    titles = page.locator(".keep .name").all_inner_texts()
    assert titles == ["Star of the week"]
    shot(page, "story-mrs-patel")
    page.goto(story.certificate)
    expect(page.get_by_role("heading", name="Star of the week")).to_be_visible()
    assert page.get_by_role("link", name=re.compile("^Change")).count() == 0
    shot(page, "story-mrs-patel-certificate")


def test_9_casey_gets_the_same_answer_for_it_as_for_nonsense(story: Story) -> None:
    page = story.phone("Casey")
    be(page, "Casey")
    nonsense = [story.certificate.rsplit("/", 1)[0] + "/" + tail for tail in (str(uuid.uuid4()), "nonsense")]
    answers = [page.request.get(url) for url in (story.certificate, *nonsense)]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.body() for answer in answers}) == 1
    told = [{name: value for name, value in answer.headers.items() if name != "date"} for answer in answers]
    assert told[0] == told[1] == told[2]
    page.goto(story.certificate)
    shot(page, "story-casey")


@pytest.fixture(scope="module")
def long_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty seconds of moving picture and sound, about as large as a phone makes it."""
    path = tmp_path_factory.mktemp("video") / "bike.mp4"
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error",
        "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25", "-f", "lavfi", "-i", "sine=440",
        "-t", "60", "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "3M", "-minrate", "3M", "-bufsize", "3M",
        "-pix_fmt", "yuv420p", "-c:a", "aac", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return path


def test_a_joe_sends_a_video_and_the_network_is_cut_halfway(story: Story, long_video: Path) -> None:
    page = story.phone("Joe")
    page.goto("/")
    shot(page, "story-joe-home")
    page.get_by_role("link", name=re.compile("Add a moment for Kai")).click()
    page.get_by_text("Video", exact=True).click()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 20, "downloadThroughput": 2_000_000, "uploadThroughput": 2_500_000}
    network.send("Network.emulateNetworkConditions", slow)
    page.locator("input[type=file]").first.set_input_files(long_video)
    progress = page.locator(".sending progress").first
    wait_until(lambda: float(progress.get_attribute("value") or 0) >= 40, 60, "Forty per cent sent")
    network.send("Network.emulateNetworkConditions", {**slow, "offline": True})
    expect(page.locator(".sending").get_by_text(re.compile("carries on by itself"))).to_be_visible(timeout=30_000)
    shot(page, "story-joe-signal-dropped")
    page.get_by_label(re.compile("Say something")).fill("Found this on my old phone. The day you got the hang of it.")
    network.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": 50_000_000})
    page.get_by_role("button", name="Send to Kai").click()
    expect(page.get_by_role("heading", name="Thank you, Joe")).to_be_visible(timeout=120_000)
    shot(page, "story-joe-thanks")
    kai = story.phone("Kai")

    def playable() -> bool:
        kai.goto("/tray")
        return kai.locator(".arrive .dur").count() > 0

    wait_until(playable, 120, "Joe's video in the tray")
    expect(kai.get_by_text("Found this on my old phone")).to_be_visible()
    expect(kai.locator(".arrive .dur").first).to_have_text("1:00")
    shot(kai, "story-joe-in-tray")
    kai.locator(".arrive a.show").first.click()
    expect(kai.locator("video")).to_be_visible()
    length = kai.locator("video").evaluate(LENGTH)
    assert 59 <= length <= 61


def test_b_the_giver_is_told_the_same_whatever_becomes_of_it(story: Story) -> None:
    kai, joe = story.phone("Kai"), story.phone("Joe")
    joe.goto("/")
    joe.get_by_role("link", name=re.compile("Kai")).first.click()
    joe.wait_for_load_state()
    given = re.sub("/(give|about)$", "", joe.url) + "/given"

    def list_of_joe() -> str:
        joe.goto(given)
        return joe.locator("main").inner_html()

    waiting = list_of_joe()
    kai.goto("/tray")
    kai.get_by_role("button", name="Not for me").click()
    assert list_of_joe() == waiting
    shot(joe, "story-joe-given")
