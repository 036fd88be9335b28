"""Nothing that somebody sent is lost: words that only look like a signature, parts that nobody knows, and their kin."""

import base64
import binascii
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.arrivals.mail.embedded import MOST
from app.arrivals.mail.headers import decoded
from app.arrivals.mail.html_text import html_text
from app.arrivals.mail.letter import Letter
from app.arrivals.mail.own_words import own_words
from app.arrivals.mail.sorting import items_of
from tests.arrivals.conftest import Run, Send, address_for, gifts, letter, messages
from tests.arrivals.opened import read_letter
from tests.cast import Cast
from tests.conftest import ClientAs

MADE = Path(__file__).resolve().parent.parent / "corpora"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAF0lEQVR4nGNkYPjPQApgIkn1qIZRDUNKAwBa6gEfWtYAcQAAAABJRU5ErkJggg=="
)


def read(name: str) -> Letter:
    (file,) = MADE.glob(f"*/{name}.eml")
    return read_letter(file.read_bytes())


WHOLE = {
    "disclaimer-words": ("This email is a bit late", "You were brilliant"),
    "dashes-separator": ("First bit of news.", "you won!"),
    "underscore-separator": ("Roses are red.", "second poem"),
    "from-line-words": ("From: my grandmother", "Two eggs and love."),
    "gt-lines": ("> 7 is more than 5", "> I am proud of this"),
    "thanks-then-link": ("https://music.example/song",),
    "dashes_in_text": ("Roses are red", "and it is true"),
    "on_wrote": ("On Friday you stood up",),
    "disclaimer_false": ("from all of us in 7B", "make you smile."),
    "underscores": ("CERTIFICATE", "Awarded to: Kai"),
    "gt_line": ("> 5 is bigger than 3", "and explained it well."),
    "charset-unknown": ("Words in nonsense charset",),
    "html-only-script": ("Hello Kai",),
}


@pytest.mark.parametrize("name", WHOLE)
def test_words_that_look_like_something_else_stay(name: str) -> None:
    found = read(name)
    for each in WHOLE[name]:
        assert each in found.words
    assert found.whole == ""


CLEANED = {
    "reply_gmail_cy": "Croeso, Kai!",
    "reply_arabic": "أهلا وسهلا يا كاي",
    "gmail_image_marks": "We went to the beach.\n\nThen we had chips.\n\nSee you soon.",
    "format_flowed_delsp": "Dear Kai, this is a long line broken within a word by Apple Mail.",
    "sent_samsung": "Well done Kai, proud of you.",
}


@pytest.mark.parametrize("name", CLEANED)
def test_what_programs_add_goes_and_can_be_read(name: str) -> None:
    found = read(name)
    assert found.words == CLEANED[name]
    assert found.whole == "" or set(found.words.split()) <= set(found.whole.split())


@pytest.mark.parametrize(
    "words",
    [
        "Dear Kai,\n\nAny message from you is welcome, any time.",
        "Dear Kai,\n\nThis e-mail is confidential fun: it is only for you.\n\nYou won the quiz!",
        "One\n--\nTwo\n-- \nThree is a longer line, and it is a sentence too.\nFour is one more of them, I think.",
        "The list:\n____________________________\nmilk\n____________________________\neggs",
        "From: the bottom of my heart\n\nWell done.",
        "To: Kai\nFrom: me\nDate: your birthday\n\nHappy birthday!",
        "On Monday at 10:30 we saw what the birds wrote:\n\nnothing at all",
        "Thanks\n\nYour drawing is at\nhttps://ashwood.example/art",
        "Cheers!\nsee www.ashwood.example\nwe put all of your pictures there.",
        "> a\n> b\nare both smaller signs than < c",
        "Sent from my heart to yours, with all the love that I have. Be well!",
    ],
)
def test_guesses_need_more_than_one_sign(words: str) -> None:
    assert own_words(words).split("\n") == [line.rstrip() for line in words.strip().split("\n")]


@pytest.mark.parametrize(
    "history",
    [
        "On Tue, 1 Dec 2026 at 08:00, Holdfast <box@localhost> wrote:",
        "Ar Maw, 1 Rhag 2026 am 08:00, ysgrifennodd Holdfast <box@localhost>:",
        "في الثلاثاء، 1 ديسمبر 2026 في 8:00 ص كتب Holdfast <box@localhost>:",
        "W dniu 1.12.2026 o 08:00, Holdfast <box@localhost> pisze:",
        "wt., 1 gru 2026 o 08:00 Holdfast <box@localhost> napisał(a):",
        "2026-12-01 08:00 GMT+00:00 Holdfast <box@localhost>:",
        "Am 01.12.2026 um 08:00 schrieb Holdfast <box@localhost>:",
        "Le mar. 1 déc. 2026 à 08:00, Holdfast <box@localhost> a écrit :",
        "El mar, 1 dic 2026 a las 8:00, Holdfast (<box@localhost>) escribió:",
        "On 1 December 2026, at 08:00, Holdfast\n<box@localhost> wrote:",
    ],
)
def test_who_wrote_before_is_known_in_any_tongue(history: str) -> None:
    assert own_words(f"Well done.\n\n{history}\n\n> It came.\n> Kai", answers=True) == "Well done."
    assert own_words(f"Well done.\n\n{history}\n\nIt came.\nKai", answers=True) == "Well done."


def test_answers_between_quoted_lines_are_words() -> None:
    body = (
        "Hello Kai,\n\nOn Tue, 1 Dec 2026 at 08:00, Kai <k@example.org> wrote:\n> Are you coming?\nYes, I am.\n"
        "> And Nan?\nNan too.\n\nMrs Patel"
    )
    assert own_words(body, answers=True) == "Hello Kai,\n\nYes, I am.\nNan too.\n\nMrs Patel"


def test_the_rest_of_a_long_mail_is_a_file() -> None:
    found = read("long-25000")
    (rest,) = found.attached
    assert len(found.words) <= 20_000 and rest.mime == "text/plain"
    assert rest.data.decode().startswith(found.words) and "Line 00799" in rest.data.decode()


@pytest.mark.parametrize(
    ("flowed", "delsp", "words"),
    [
        ("one \ntwo", "no", "one two"),
        ("on \ne", "yes", "one"),
        ("one\ntwo", "yes", "one\ntwo"),
        ("one \n\ntwo", "no", "one\n\ntwo"),
        (" From here", "no", "From here"),
        ("a \n-- \nKai", "no", "a"),
    ],
)
def test_flowed_lines_are_whole_again(flowed: str, delsp: str, words: str) -> None:
    head = f"Subject: x\r\nContent-Type: text/plain; format=flowed; delsp={delsp}\r\n\r\n"
    assert " ".join(read_letter((head + flowed).encode()).words.split(" ")).replace(" \n", "\n") == words


FILES = {
    **{
        f"type-message_{each}": ["thing.eml"]
        for each in ("global", "news", "http", "external-body", "partial", "feedback-report", "delivery-status",
                     "disposition-notification")
    },
    "type-text_rfc822-headers": ["thing.eml"],
    "type-text_calendar": ["thing.eml"],
    "tnef-garbage": ["winmail.dat"],
    "inline-small-photo": ["kai-drawing.png"],
    "folded-boundary": ["a.pdf"],
    "small_inline_photo": ["you_aged_3.jpg"],
    "data_uri": ["file.png"],
    "inline_and_attached": ["day.jpg"],
    "signature_biglogo": [],
    "amp": [],
    "reaction": [],
    "vcf": ["patel.vcf"],
    "type-application_pgp-signature": [],
    "type-application_pkcs7-signature": [],
    "smime-encrypted": ["smime.p7m"],
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_what_was_attached_is_kept(name: str) -> None:
    assert [each.name for each in read(name).attached] == FILES[name]


@pytest.mark.parametrize("name", ["amp", "reaction", "vcf", "ics", "type-text_calendar"])
def test_what_is_no_paper_is_no_certificate(name: str) -> None:
    assert {each.kind for each in items_of(read(name))} == {"message"}


@pytest.mark.parametrize(
    "name",
    [
        "IMG-20200201-WA0000.jpg", "PXL_20260704_101112.jpg", "WhatsApp Image 2026-07-04 at 10.11.12.jpeg",
        "DSCN0042.JPG", "Screenshot_20260704-101112.png", "VID-20260704-WA0003.mp4", "PTT-20260704-WA0001.opus",
    ],
)  # fmt: skip
def test_a_machines_name_is_no_title(name: str) -> None:
    message = EmailMessage()
    message["Subject"] = "Beach"
    message.set_content("Look")
    for each in (name, "second.jpg"):
        message.add_attachment(PNG + each.encode(), maintype="image", subtype="jpeg", filename=each)
    assert [each.title for each in items_of(read_letter(message.as_bytes()))] == ["Beach", "second"]


def picture(number: int, size: int = 8_000) -> bytes:
    return PNG + bytes([number]) * size


def with_pictures(html: str, *pictures: bytes) -> Letter:
    message = EmailMessage()
    message["Subject"] = "Pictures"
    message.set_content(html, subtype="html")
    for number, data in enumerate(pictures):
        message.add_related(data, maintype="image", subtype="png", cid=f"<p{number}>", filename=f"p{number}.png")
    return read_letter(message.as_bytes())


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ('<p>Look: <img src="cid:p0"></p>', ["p0.png"]),
        ('<p>Two: <img src="cid:p0"><img src="cid:p1"></p>', ["p0.png", "p1.png"]),
        ('<p>Hi <img src="cid:p0"></p><p>Kind regards,<br>P<br><img src="cid:p1"></p>', ["p0.png"]),
        ('<p>Thanks for the lift home.</p><img src="cid:p0">', ["p0.png"]),
        ('<p>Cofion,</p><p>Mrs Patel</p><img src="cid:p0">', []),
        ("<p>Attached, not shown</p>", ["p0.png", "p1.png"]),
    ],
)
def test_a_logo_stands_under_the_name_and_is_small(html: str, kept: list[str]) -> None:
    pictures = [picture(number) for number in range(max(1, html.count("cid:")))]
    if "not shown" in html:
        pictures = [picture(0), picture(1)]
    assert [each.name for each in with_pictures(html, *pictures).attached] == kept


@pytest.mark.parametrize("name", ["picture.png", "a b.jpg", "notes.txt"])
def test_a_uuencoded_file_comes_out_of_the_words(name: str) -> None:
    data = bytes(range(256)) * 3
    lines = [binascii.b2a_uu(data[at : at + 45]).decode().rstrip() for at in range(0, len(data), 45)]
    body = "\n".join(["Look at this:", "", f"begin 644 {name}", *lines, "`", "end", "", "Well done!"])
    found = read_letter(f"Subject: x\r\n\r\n{body}\n".encode())
    assert found.words == "Look at this:\n\nWell done!"
    assert [(each.name, each.data) for each in found.attached] == [(name, data)]
    assert read_letter(b"Subject: x\r\n\r\nWe begin 644 things\nand this is the end\nend\n").attached == []


@pytest.mark.parametrize(
    "text",
    ["👨‍👩‍👧‍👦 Da iawn", "🏴󠁧󠁢󠁷󠁬󠁳󠁿 Cymru", "می‌خواهم", "क्‍ष", "🏳️‍🌈 Pride"],
)
def test_what_joins_letters_and_faces_stays(text: str) -> None:
    assert decoded(text.encode()) == text
    assert own_words(text) == text
    assert decoded(("a\u202eb" + text).encode()) == "ab" + text


@pytest.mark.usefixtures("trusting")
def test_a_large_logo_goes_once_it_is_known(cast: Cast, send: Send, run_jobs: Run) -> None:
    to, logo = address_for(cast), picture(7, 150_000)
    for number in range(3):
        message = letter(f"News {number}")
        message.add_alternative(f'<p>{number}</p><p>Kind regards<br>P</p><img src="cid:logo">', subtype="html")
        *_, html = message.iter_parts()
        html.add_related(logo, maintype="image", subtype="png", cid="<logo>", filename="logo.png")
        send(message, to)
        run_jobs()
    assert [[each.kind for each in memories] for _, memories in gifts(cast)] == [["photo"], ["message"], ["message"]]


@pytest.mark.usefixtures("trusting")
def test_a_machines_answer_is_no_gift(cast: Cast, send: Send, run_jobs: Run) -> None:
    to = address_for(cast)
    for name in ("vacation", "readreceipt", "auto-submitted"):
        (file,) = MADE.glob(f"*/{name}.eml")
        send(file.read_bytes().replace(b"{TO}", to.encode()), to)
    run_jobs()
    assert gifts(cast) == [] and messages(cast) == []


@pytest.mark.parametrize(
    "bad",
    [
        "Thanks\n" * 140_000,
        "On Tuesday 1 December 2026 at 10:00 <a@b.c> wrote\n" * 20_000,
        "-- \n" * 200_000,
        "> a\nb\n" * 150_000,
        "Disclaimer: confidential and privileged\n\n" * 20_000,
        "begin 644 a\n" * 80_000,
        "From: a\nSent: b\n" * 50_000,
    ],
)
def test_a_megabyte_of_signs_takes_as_long_as_it_is(bad: str) -> None:
    def took(text: str) -> float:
        began = time.process_time()
        read_letter(b"Subject: Re: x\r\n\r\n" + text.encode())
        return time.process_time() - began

    half = max(took(bad[: len(bad) // 8]), 0.02)
    assert took(bad) < 8 * half * 4


@pytest.mark.parametrize(
    "markup", ["<div>" * 300_000, '<img src="data:image/png;base64,' * 30_000, "<p>\n\n" * 200_000]
)
def test_a_megabyte_of_markup_takes_as_long_as_it_is(markup: str) -> None:
    def took(text: str) -> float:
        began = time.process_time()
        html_text(text)
        return time.process_time() - began

    assert took(markup) < 8 * max(took(markup[: len(markup) // 8]), 0.02) * 4


@pytest.mark.usefixtures("trusting")
def test_the_whole_email_can_be_read(cast: Cast, client_as: ClientAs, send: Send, run_jobs: Run) -> None:
    to = address_for(cast)
    body = "Well done, Kai.\n\nOn Tue, 1 Dec 2026 at 08:00, Kai <k@example.org> wrote:\n> The history."
    send(letter("Re: Swimming", body), to)
    run_jobs()
    ((gift, (memory,)),) = gifts(cast)
    assert gift.shortened and memory.words == "Well done, Kai."
    kai = client_as("kai")
    for page in ("/tray", f"/memories/{memory.id}"):
        assert f"/gifts/{gift.id}/email" in kai.get(page).text
    assert "The history." in kai.get(f"/gifts/{gift.id}/email").text
    for other in ("patel", "joe", "casey"):
        assert "The history." not in client_as(other).get(f"/gifts/{gift.id}/email").text


def test_nothing_is_cut_off_a_long_mail() -> None:
    """Beyond what is read for guesses, the words are in the file that holds all of them."""
    picture = "<img src='data:image/png;base64," + base64.b64encode(b"\x89PNG" * 700_000).decode() + "'>"
    html = f"Subject: x\r\nContent-Type: text/html\r\n\r\n<p>Before</p>{picture}<p>After the picture</p>".encode()
    found = read_letter(html)
    assert found.words.split() == ["Before", "After", "the", "picture"] and len(found.attached) == 1
    long = read_letter(b"Subject: x\r\n\r\n" + b"A line that goes on.\n" * 70_000 + b"The very end.")
    assert long.attached[-1].data.endswith(b"The very end.") and long.whole.endswith("The very end.")


@pytest.mark.parametrize("count", [MOST, MOST + 1])
def test_more_pictures_than_are_looked_for_keep_the_mail_whole(count: int) -> None:
    each = [base64.b64encode(b"%d" % at).decode() for at in range(count)]
    pictures = "".join(f"<img src='data:image/jpeg;base64,{data}'>" for data in each)
    found = read_letter(f"Subject: x\r\nContent-Type: text/html\r\n\r\n<p>Look</p>{pictures}".encode())
    assert len(found.attached) == (count if count <= MOST else 1)
    assert (found.attached[0].name == "message.eml") == (count > MOST)
