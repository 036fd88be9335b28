"""Mail programs that others wrote deliver through our doors: swaks, and Debian's Postfix set up as infra/postfix says.

They run where they are installed (`./infra/test --deep` does that). Postfix has a folder, a queue and ports of its own.
"""

import grp
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.arrivals.mail.sealing import open_message
from app.kit.config import PROJECT
from app.kit.db import open_session
from app.people.viewer import Viewer
from tests.arrivals.conftest import PATEL, Run, address_for, gifts, messages
from tests.arrivals.forking import Doors
from tests.arrivals.test_mail_door import UNKNOWN
from tests.cast import Cast
from tests.machine import free_port, until

POSTFIX, SWAKS = shutil.which("postfix", path="/usr/sbin:/usr/bin"), shutil.which("swaks")
SECRET = "what only the two machines know"
NO_SUCH = "No such address here. Please check it with the person who gave it to you."
needs_swaks = pytest.mark.skipif(SWAKS is None, reason="swaks is not installed: ./infra/test --deep")
needs_postfix = pytest.mark.skipif(
    POSTFIX is None or SWAKS is None or os.geteuid() != 0,
    reason="Postfix and swaks are not installed, or this is not root: ./infra/test --deep",
)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that other users of the machine may go through."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-mailers-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def doors(database: Path, place: Path) -> Iterator[Doors]:
    """A mail door with an LMTP socket that Postfix may write to, as infra/postfix/README.md says."""
    run = place / "run"
    run.mkdir()
    if POSTFIX is not None and os.geteuid() == 0:
        os.chown(run, 0, grp.getgrnam("postfix").gr_gid)
    run.chmod(0o2750)
    with Doors(database, free_port(), LMTP_LISTEN=str(run / "lmtp.sock")) as running:
        yield running


def socket_of(place: Path) -> Path:
    return place / "run" / "lmtp.sock"


def swaks(*words: str, to: str, subject: str = "Star of the week") -> subprocess.CompletedProcess[str]:
    """A message with a small picture attached."""
    command = [
        str(SWAKS), "--to", to, "--from", PATEL, "--header", f"Subject: {subject}", "--header", f"From: {PATEL}",
        "--body", "Well done.\n.\n..", "--attach-type", "image/png", "--attach-name", "star.png",
        "--attach", f"@{PROJECT / 'docs' / 'box.png'}", "--helo", "mail.ashwood.example", *words,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def came(cast: Cast) -> bytes:
    (kept,) = messages(cast)
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        return open_message(session, kept)


@needs_swaks
@pytest.mark.parametrize("way", ["SMTP", "SMTP with STARTTLS", "LMTP"])
def test_swaks_delivers(cast: Cast, doors: Doors, place: Path, run_jobs: Run, trusting: None, way: str) -> None:
    words = {
        "SMTP": ["--server", f"127.0.0.1:{doors.port}"],
        "SMTP with STARTTLS": ["--server", f"127.0.0.1:{doors.port}", "--tls"],
        "LMTP": ["--socket", str(socket_of(place)), "--protocol", "LMTP"],
    }[way]
    done = swaks(*words, to=address_for(cast))
    assert done.returncode == 0, done.stdout
    assert "250 2.0.0 Thank you. It is safe here." in done.stdout
    assert b"\r\nWell done.\r\n.\r\n..\r\n" in came(cast)
    run_jobs()
    if way == "LMTP":  # nobody said who brought it
        assert [each.state for each in messages(cast)] == ["knocking"]
    else:
        assert [(gift.title, len(memories)) for gift, memories in gifts(cast)] == [("Star of the week", 1)]
    assert NO_SUCH in swaks(*words, to=UNKNOWN).stdout and len(messages(cast)) == 1


class Postfix:
    """Debian's Postfix, with infra/postfix's lines and what this machine and these ports need."""

    def __init__(self, place: Path, smtp_port: int, **lines: str) -> None:
        self.port = smtp_port
        self._config = place / "postfix"
        for folder in (self._config, place / "queue", place / "data"):
            folder.mkdir()
        shutil.chown(place / "data", "postfix")
        main = {
            "compatibility_level": "3.6",
            "queue_directory": str(place / "queue"), "data_directory": str(place / "data"),
            "maillog_file": str(place / "data" / "log"), "maillog_file_prefixes": str(place),
            "myhostname": "relay.example.org", "mydestination": "", "inet_interfaces": "127.0.0.1", "mynetworks": "",
            "relay_domains": "in.localhost", "alias_maps": "", "smtpd_tls_security_level": "none",
            "smtpd_tls_cert_file": "", "smtpd_tls_key_file": "", **lines,
        }  # fmt: skip
        post_to = main.pop("post_to", "")
        given = (PROJECT / "infra" / "postfix" / "main.cf").read_text().splitlines()
        said = {
            name.strip(): value.strip() for name, _, value in (each.partition("=") for each in given if "=" in each)
        }
        said = {name: value for name, value in said.items() if not name.startswith("#")}
        # Each name once: Postfix logs a warning for a second one, and its log server waits for itself to take it.
        (self._config / "main.cf").write_text(
            "".join(f"{name} = {value}\n" for name, value in {**said, **main}.items())
        )
        services = Path("/usr/share/postfix/master.cf.dist").read_text().partition("\nmaildrop")[0]
        here = [line for line in services.splitlines() if not line.startswith(("smtp      inet", "#"))]
        here.append(f"127.0.0.1:{smtp_port} inet n - n - - smtpd")
        pipe = (PROJECT / "infra" / "postfix" / "master.cf").read_text()
        for word, own in {
            "https://box.example.org/mail/raw": post_to,
            "/usr/local/bin/post-mail.py": str(place / "post-mail.py"),
            "/etc/holdfast-post.secret": str(place / "secret"),
            "user=holdfast-post": "user=nobody",
        }.items():
            assert word in pipe
            pipe = pipe.replace(word, own)
        (self._config / "master.cf").write_text("\n".join(_unchrooted(here)) + "\n" + pipe)

    def __enter__(self) -> "Postfix":
        self._do("start")
        return self

    def __exit__(self, *_: object) -> None:
        self._do("stop")

    def _do(self, verb: str) -> None:
        done = subprocess.run([str(POSTFIX), "-c", str(self._config), verb], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    def log(self) -> str:
        """What it wrote down, for when a test fails."""
        return (self._config.parent / "data" / "log").read_text()


def _unchrooted(lines: list[str]) -> Iterator[str]:
    for line in lines:
        words = line.split()
        if line[:1].strip() and len(words) >= 8 and words[4] in ("y", "-"):
            words[4] = "n"
            yield " ".join(words)
        else:
            yield line


@needs_postfix
def test_postfix_in_front_hands_over_by_lmtp(
    cast: Cast, doors: Doors, place: Path, run_jobs: Run, trusting: None
) -> None:
    to = address_for(cast)
    with Postfix(place, free_port(), relay_transport=f"lmtp:unix:{socket_of(place)}") as postfix:
        at = ("--server", f"127.0.0.1:{postfix.port}", "--local-interface", "127.0.0.5")
        refused = swaks(*at, to=UNKNOWN)
        assert refused.returncode != 0 and "<** 550 " in refused.stdout and NO_SUCH in refused.stdout, refused.stdout
        done = swaks(*at, to=to)
        assert done.returncode == 0, done.stdout + postfix.log()
        until(lambda: messages(cast), 30)
    (kept,) = messages(cast)
    assert (kept.peer, kept.helo, kept.envelope_from) == ("127.0.0.5", "mail.ashwood.example", PATEL)
    assert b"\r\nWell done.\r\n.\r\n..\r\n" in came(cast)
    run_jobs()
    assert [(gift.title, len(memories)) for gift, memories in gifts(cast)] == [("Star of the week", 1)]


@needs_postfix
def test_postfix_in_front_hands_over_by_smtp(cast: Cast, doors: Doors, place: Path) -> None:
    to = address_for(cast)
    with Postfix(
        place, free_port(), relay_transport=f"smtp:[127.0.0.1]:{doors.port}", smtp_tls_security_level="may"
    ) as postfix:
        done = swaks("--server", f"127.0.0.1:{postfix.port}", to=to)
        assert done.returncode == 0, done.stdout + postfix.log()
        until(lambda: messages(cast), 30)
    assert b"\r\nWell done.\r\n.\r\n..\r\n" in came(cast)


@contextmanager
def web(data: Path, **more: str) -> Iterator[int]:
    """The port of a real web server in a process of its own."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "web"],
        env={**os.environ, "HOLDFAST_DATA": str(data), "PORT": str(port), **more},
    )
    try:
        until(lambda: _answers(port), 60)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@needs_postfix
def test_postfix_elsewhere_hands_over_by_https(cast: Cast, database: Path, place: Path) -> None:
    to = address_for(cast)
    shutil.copy(PROJECT / "infra" / "postfix" / "post-mail.py", place / "post-mail.py")
    (place / "secret").write_text(SECRET + "\n")
    os.chown(place / "secret", pwd.getpwnam("nobody").pw_uid, -1)
    (place / "secret").chmod(stat.S_IRUSR)
    with web(database, MAIL_POST_SECRET=SECRET) as port:
        lines = {"relay_transport": "holdfast", "post_to": f"http://127.0.0.1:{port}/mail/raw"}
        with Postfix(place, free_port(), **lines, smtpd_recipient_restrictions="reject_unauth_destination") as postfix:
            at = ("--server", f"127.0.0.1:{postfix.port}", "--local-interface", "127.0.0.5")
            assert swaks(*at, to=to).returncode == 0
            assert swaks(*at, to=UNKNOWN).returncode == 0
            until(lambda: messages(cast) and "status=bounced" in postfix.log(), 30)
            assert NO_SUCH in postfix.log()
    (kept,) = messages(cast)
    assert (kept.peer, kept.helo, kept.envelope_from) == ("127.0.0.5", "mail.ashwood.example", PATEL)
    assert b"\r\nWell done.\r\n.\r\n..\r\n" in came(cast)
