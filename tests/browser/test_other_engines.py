"""The story of the first box in WebKit and in Firefox, at the size of a phone; Back from every page of it."""

import re
import smtplib
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import imageio_ffmpeg
import pytest

from app.demo.papers import certificate_pdf
from app.kit.clock import today
from tests.browser.conftest import Live, wait_until
from tests.browser.engines import ENGINES, FIREFOX, WEBKIT_DRIVER, Window, open_driver, screen_for
from tests.browser.telling import mailbox

pytestmark = [pytest.mark.browser, pytest.mark.deep, pytest.mark.timeout(900)]
PHOTOS = 12


class Story:
    """Everyone's own browser of one engine, for the whole story."""

    def __init__(self, engine: str, environment: dict[str, str], live: Live, closing: ExitStack) -> None:
        self.engine, self.environment, self.live, self.closing = engine, environment, live, closing
        self.windows: dict[str, Window] = {}
        self.certificate = ""

    def window(self, name: str) -> Window:
        if name not in self.windows:
            driver = open_driver(self.engine, self.environment)
            self.closing.callback(driver.quit)
            self.windows[name] = Window(driver, self.live)
        return self.windows[name]

    def address(self, name: str) -> str:
        """An address of their own in each engine: both stories are told in one house."""
        return f"{self.engine}-{mailbox(name)}"


@pytest.fixture(scope="module", params=ENGINES)
def story(request: pytest.FixtureRequest, live: Live) -> Iterator[Story]:
    needed = WEBKIT_DRIVER if request.param == "webkit" else FIREFOX
    if not needed.exists():
        pytest.skip(f"{needed} is not installed")
    with screen_for(request.param) as environment, ExitStack() as closing:
        yield Story(request.param, environment, live, closing)


def test_1_kai_starts_a_box_and_finds_the_ways_in(story: Story) -> None:
    kai = story.window("Kai")
    size = kai.driver.execute_script("return [innerWidth, innerHeight]")
    assert size == [390, 844]
    kai.goto("/")
    kai.goto("/start")
    kai.write("What do you want to be called", "Kai")
    kai.tap("button", "Start my box")
    kai.sees("Your box is ready|Hi Kai")
    for path in ("/me", "/me/devices", "/people", "/add", "/journey", "/tray", "/"):
        kai.goto(path)
    kai.sees("Hi Kai", "heading")


def test_2_kai_adds_twelve_real_photos(story: Story, corpora: Path) -> None:
    kai = story.window("Kai")
    photos = sorted((corpora / "photos-with-location").glob("*.[jJhH]*"))[:PHOTOS]
    kai.goto("/add/photo")
    kai.hand_over(*photos)
    kai.write("What do you call it", "Everywhere we went")
    kai.tap("button", "^Keep it")
    kai.sees("^Everywhere we went$", "heading")
    kai.back_and_forth()

    def all_shown() -> bool:
        kai.driver.refresh()
        return kai.count("picture img") > 0 and "Getting it ready" not in kai.read()

    wait_until(all_shown, 180, "Twelve photos to look at")
    assert f"1 of {PHOTOS}" in kai.read() and "Just me" in kai.read()
    kai.goto("/")
    shown = "return document.querySelector('.keep picture img').naturalWidth"
    wait_until(lambda: kai.driver.execute_script(shown) > 100, 30, "A photo on the timeline")


def test_3_kai_records_a_pod_walk(story: Story) -> None:
    kai = story.window("Kai")
    kai.goto("/add/pod_walk")
    kai.tap("button", "Start recording")
    kai.sees("0:04")
    kai.tap("button", "Pin this place")
    kai.write("What’s here", "The gate still sticks")
    kai.tap("button", "^Pin it")
    kai.sees("0:08")
    kai.tap("button", "Finish recording")
    kai.write("What do you call it", "Railway Cottages, walking")
    kai.tap("button", "^Keep it")
    kai.sees("^Railway Cottages, walking$", "heading")

    def playable() -> bool:
        kai.driver.refresh()
        return kai.count("audio source") > 0

    wait_until(playable, 120, "A pod walk that can be heard")
    kai.sees("The gate still sticks")


def test_4_kai_makes_a_life_track(story: Story) -> None:
    kai = story.window("Kai")
    kai.goto("/add/life_track")
    kai.write("What’s it called", "Slow Tide")
    kai.write("Who’s it by", "Marlow Bay")
    kai.tap("text", "^calm$")
    kai.write("What do you call it", "Three songs for this year")
    kai.tap("button", "^Keep it")
    kai.sees("^Three songs for this year$", "heading")
    assert "Slow Tide" in kai.read() and "calm" in kai.read()


def test_5_kai_lets_people_in_and_makes_a_circle(story: Story) -> None:
    kai = story.window("Kai")
    for name in ("Mrs Patel", "Joe"):
        let_in(story, kai, name)
    kai.goto("/people")
    kai.go_by("link", "Make a circle")
    kai.write("What is it called", "School")
    kai.go_by("button", "^Make it")
    kai.tap("text", "^Mrs Patel$")
    kai.tap("button", "Put them in")
    kai.sees("Take Mrs Patel out of School", "button")


def let_in(story: Story, kai: Window, name: str) -> None:
    """Kai adds somebody and sends them a link; they open it in their own browser and say yes."""
    kai.goto("/people")
    kai.go_by("link", "Add someone")
    kai.write("What do you call them", name)
    kai.go_by("button", "Add them")
    open_person(kai, name)
    kai.write("Send a link to their email", story.address(name))
    kai.tap("button", "Send the link")
    kai.sees("We sent a link to")
    guest = story.window(name)
    guest.goto(guest.link_in_mail(story.address(name), "/invitation/"))
    guest.write("What are you called", name)
    guest.tap("button", "Yes, come in")
    guest.sees("You’re in", "heading")


def open_person(kai: Window, name: str) -> None:
    kai.goto("/people")
    kai.tap("text", "^List$")
    kai.go_by("link", name)


def test_6_mrs_patel_sends_a_certificate_from_a_mail_program(story: Story) -> None:
    kai = story.window("Kai")
    open_person(kai, "Mrs Patel")
    kai.go_by("link", "email address for this box")
    kai.sees(f"What comes from {story.address('Mrs Patel')} goes straight to your tray")
    address = kai.find("field", "The whole address")[0].get_property("value")
    message = EmailMessage()
    message["From"], message["To"] = f"Mrs Patel <{story.address('Mrs Patel')}>", str(address)
    message["Subject"], message["Message-ID"] = "Star of the week", f"<{uuid.uuid4()}@ashwood.example>"
    message.set_content("Well done, Kai. Everybody clapped.\n\n-- \nMrs R Patel\nForm tutor\n")
    pdf = certificate_pdf("Star of the week", "Kai", "for saving a seat at lunch", "Ashwood High", 1)
    message.add_attachment(pdf, "application", "pdf", filename="star.pdf")
    with smtplib.SMTP("localhost", story.live.smtp_port) as smtp:
        smtp.send_message(message)

    def arrived() -> bool:
        kai.goto("/tray")
        return "Mrs Patel sent" in kai.read() and kai.count(".arrive picture img") > 0

    wait_until(arrived, 120, "A certificate in the tray")
    assert "Everybody clapped" in kai.read()
    kai.goto("/")


def test_7_kai_keeps_it_and_lets_school_see_it_until_a_day(story: Story) -> None:
    kai = story.window("Kai")
    kai.goto("/tray")
    kai.tap("button", "^Keep it")
    kai.sees("Kept|in your box")
    kai.goto("/")
    kai.go_by("link", "Star of the week")
    story.certificate = kai.driver.current_url
    kai.sees("Just me")
    kai.go_by("link", "^Change who can")
    kai.tap("text", "Me and people I pick")
    kai.tap("text", "^School$")
    kai.tap("text", "^A date$")
    until = today() + timedelta(days=30)
    kai.write_day("up to and including", until.isoformat())
    kai.sees(f"Mrs Patel can see this until {until.day} {until:%B}")
    kai.tap("button", "Save this")
    kai.sees("Mrs Patel can see this")


def test_8_mrs_patel_sees_that_one_thing_and_nothing_else(story: Story) -> None:
    patel = story.window("Mrs Patel")
    patel.goto("/")
    patel.go_by("link", "Kai")
    names = "return [...document.querySelectorAll('.keep .name')].map(it => it.innerText)"
    assert patel.driver.execute_script(names) == ["Star of the week"]
    patel.goto(story.certificate)
    patel.sees("Star of the week", "heading")
    assert patel.find("link", "^Change") == []


def test_9_casey_gets_the_same_answer_for_it_as_for_nonsense(story: Story) -> None:
    casey = story.window("Casey")
    casey.be("Casey")
    nonsense = [story.certificate.rsplit("/", 1)[0] + "/" + tail for tail in (str(uuid.uuid4()), "nonsense")]
    answers = {casey.fetched(url) for url in (story.certificate, *nonsense)}
    assert [status for status, _ in answers] == [404]
    casey.goto(story.certificate)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of moving picture and sound."""
    path = tmp_path_factory.mktemp("film") / "bike.mp4"
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25", "-f", "lavfi",
        "-i", "sine=440", "-t", "10", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
        str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return path


def test_a_joe_sends_a_video(story: Story, film: Path) -> None:
    joe, kai = story.window("Joe"), story.window("Kai")
    joe.goto("/")
    joe.go_by("link", "Add a moment for Kai")
    joe.tap("text", "^Video$")
    joe.hand_over(film)
    joe.write("Say something", "Found this on my old phone.")
    joe.tap("button", "Send to Kai")
    joe.sees("Thank you, Joe", "heading", 180)

    def playable() -> bool:
        kai.goto("/tray")
        return kai.count(".arrive .dur") > 0

    wait_until(playable, 180, "Joe's video in the tray")
    kai.sees("Found this on my old phone")
    kai.bring_up(kai.driver.find_element("css selector", ".arrive a.show")).click()
    wait_until(lambda: kai.count("video") > 0, 30, "The video")
    length = "const it = document.querySelector('video'); it.preload = 'metadata'; return it.duration"
    wait_until(lambda: 9 <= (kai.driver.execute_script(length) or 0) <= 11, 60, "A video of ten seconds")


def test_b_the_giver_is_told_the_same_whatever_becomes_of_it(story: Story) -> None:
    kai, joe = story.window("Kai"), story.window("Joe")
    joe.goto("/")
    joe.go_by("link", "Kai")
    given = re.sub("/(give|about)$", "", joe.driver.current_url) + "/given"
    joe.goto(given)
    waiting = joe.read()
    kai.goto("/tray")
    kai.tap("button", "Not for me")
    kai.sees("Not for you|Put it back|Back")
    joe.goto(given)
    assert joe.read() == waiting
