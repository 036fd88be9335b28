"""The `holdfast` command."""

import argparse
import asyncio
import fcntl
import gc
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.kit import embedded_postgres
from app.kit.allocator import keep_buffers
from app.kit.config import settings
from app.kit.starting import may_serve, settings_are_right
from app.operate.asked import person_parser

if TYPE_CHECKING:
    from app.kit.db import Role

log = logging.getLogger("holdfast")
RESTART_AFTER_S = 1


def main() -> None:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser("holdfast", description="A personal digital memory box.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, act, about in (
        ("up", up, "database, web, worker and mail together, until Ctrl-C"),
        ("web", web, "the web server alone"),
        ("worker", worker, "the job process alone"),
        ("migrate", migrate_alone, "bring the database to today's shape"),
        ("demo", demo_alone, "fill an empty database with the demo cast"),
        ("rewrap", rewrap, "wrap the key of every box again, after HOLDFAST_KMS_KEY_ID was set or changed"),
    ):
        commands.add_parser(name, help=about).set_defaults(act=act)
    door = commands.add_parser("mail", help="the mail door alone; `mail check` says what its domain still lacks")
    door.set_defaults(act=mail)
    check = door.add_subparsers(dest="mail").add_parser("check", help="what DNS and the mail server still lack")
    check.add_argument("domain", help="the domain of givers' addresses, such as box.example.org")
    check.add_argument("--selector", action="append", default=[], help="name of a DKIM key of the outgoing server")
    check.add_argument("--port", type=int, default=25, help="port that the outside reaches (25)")
    check.set_defaults(act=mail_check)
    about = "check what was written down, and every stored file; status 1 when something is wrong"
    verifying = commands.add_parser("verify", help=about)
    second = "replace what is damaged by its copy in a folder, or in s3://bucket/prefix"
    verifying.add_argument("--repair-from", metavar="PATH_OR_S3_URL", dest="second", help=second)
    verifying.set_defaults(act=verify)
    database = commands.add_parser("db", help="the embedded database").add_subparsers(dest="db", required=True)
    database.add_parser("url", help="print the administrator's connection").set_defaults(act=db_url)
    revise = database.add_parser("revise", help="write a migration from what changed in the classes")
    revise.add_argument("message", help="what changed, in a few words")
    revise.set_defaults(act=db_revise)
    database.add_parser("start", help="start it in the background").set_defaults(act=db_start)
    database.add_parser("stop", help="stop it").set_defaults(act=db_stop)
    about = "set aside what no row names in the store, as each night"
    sweeping = commands.add_parser("sweep", help=about)
    sweeping.add_argument("--dry-run", action="store_true", help="say what and why, and change nothing")
    sweeping.set_defaults(act=sweep)
    _app_parser(commands)
    person_parser(commands, person_command, sign_everyone_out)
    _log_to_stderr()
    keep_buffers()
    chosen = vars(parser.parse_args())
    settings_are_right()
    act = chosen.pop("act")
    act(**{name: value for name, value in chosen.items() if name not in ("command", "db", "mail")})


def _app_parser(commands: Any) -> None:
    apps = commands.add_parser("app", help="programs that may ask to be let into a box")
    each = apps.add_subparsers(dest="app", required=True)
    add = each.add_parser("add", help="register one; prints its id and its secret, once")
    add.add_argument("name", help="what it is called where it asks")
    add.add_argument("--publisher", required=True, help="who makes it")
    add.add_argument("--purpose", required=True, help="what it is for, in one plain sentence")
    add.add_argument("--privacy", required=True, help="address of its privacy page")
    add.add_argument("--redirect", action="append", default=[], help="where people are sent back to; may come again")
    add.add_argument("--scope", action="append", required=True, help="add:certificate, add:photo …; may come again")
    add.add_argument("--public", action="store_true", help="it cannot keep a secret (an app on a phone)")
    add.add_argument("--device", action="store_true", help="a screen that nobody signs in at may ask with a code")
    each.add_parser("list", help="every one, and what it may ask for")
    remove = each.add_parser("remove", help="nothing it holds works from the next request on")
    remove.add_argument("client_id", help="its id, from the list")
    for one in each.choices.values():
        one.set_defaults(act=app_command)


def _log_to_stderr() -> None:
    """Lines by UTC; what is noticed at the doors is JSON already (docs/running/logs.md)."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ"
    )
    logging.getLogger("holdfast").setLevel(logging.INFO)
    doors = logging.getLogger("holdfast.security")
    if doors.propagate:
        as_it_is = logging.StreamHandler()
        as_it_is.setFormatter(logging.Formatter("%(message)s"))
        doors.addHandler(as_it_is)
        doors.propagate = False


@contextmanager
def database(adopt: bool = False, *, bring_up_to_date: bool = False) -> Iterator[None]:
    """The database, up and in today's shape; an embedded server that this call started is stopped at the end.

    `adopt` takes over one that was left running by a process that was killed. With `bring_up_to_date` the database is
    migrated; without, the command ends with a sentence where that is not done. It ends so too where database, store and
    master key do not belong together.
    """
    started = None if settings().database_url else embedded_postgres.start(settings().data)
    if started is None and adopt:
        started = embedded_postgres.running_pid(settings().data)
    try:
        _refusing(migrate if bring_up_to_date else check)
        yield
    finally:
        if started is not None:
            embedded_postgres.stop(settings().data, started)


def _refusing(act: Callable[[], None]) -> None:
    """Act; where it must not be, end the process with the sentence that says why."""
    from app.kit.key_file import OpenToOthers
    from app.kit.master import MasterKeyMissing
    from app.operate.installation import NotOurs

    try:
        act()
    except (NotOurs, MasterKeyMissing, OpenToOthers) as why:
        sys.exit(str(why))


def up() -> None:
    may_serve()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _alone():
            _door_is_free(settings().host, settings().port, "PORT")
            _door_is_free(settings().smtp_host, settings().smtp_port, "SMTP_PORT")
            _serve_everything()
    except KeyboardInterrupt:
        pass
    print("Stopped. Everything that was saved is safe.")


def _serve_everything() -> None:
    with database(adopt=True, bring_up_to_date=True):
        if settings().demo:
            demo()
        asyncio.run(_together())


def _door_is_free(host: str, port: int, setting: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            sys.exit(f"Something else uses port {port} of {host}. Choose another with {setting}={port + 1}.")


@contextmanager
def _alone() -> Iterator[None]:
    """One `up` a data folder: two would share a database that the first to stop takes away."""
    settings().data.mkdir(parents=True, exist_ok=True)
    with (settings().data / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"Holdfast is running already, with {settings().data}.")
        yield


async def _together() -> None:
    import uvicorn

    from app.mail import serve_mail
    from app.main import create_app
    from app.worker import work

    server = uvicorn.Server(uvicorn.Config(create_app(), **_web_options()))
    helpers = [asyncio.create_task(_keep_going(part)) for part in (work, serve_mail)]
    greeting = asyncio.create_task(_greet(server))
    try:
        await server.serve()
    finally:
        greeting.cancel()
        for task in helpers:
            task.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)


async def _keep_going(part: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a part for ever: when it breaks (the database went away), start it again."""
    while True:
        try:
            await part()
        except Exception as error:
            log.warning("%s stopped (%s); it starts again", part.__name__, type(error).__name__)
        await asyncio.sleep(RESTART_AFTER_S)


async def _greet(server: Any) -> None:
    from app.people import this_machine

    while not server.started:  # noqa: ASYNC110  # uvicorn offers no event to wait for
        await asyncio.sleep(0.02)
    chosen = settings()
    known = f"?key={this_machine.key()}"
    print(f"\nHoldfast is running at {chosen.public_url}")
    if chosen.demo:
        print(f"  Be Kai, Joe, Mrs Patel or someone else:  {chosen.public_url}/demo{known}")
    if not chosen.outgoing_smtp:
        print(f"  Mail it would have sent:                 {chosen.public_url}/outbox{known}")
    print(f"  Mail door:                               {chosen.smtp_host}:{chosen.smtp_port}")
    print(f"  Everything it keeps:                     {chosen.data}")
    print("Ctrl-C stops it.\n", flush=True)


def _web_options() -> dict[str, Any]:
    from app.web.connections import PatientProtocol

    chosen = settings()
    return {
        "host": chosen.host, "port": chosen.port, "access_log": False, "log_level": "warning", "server_header": False,
        "proxy_headers": False, "timeout_graceful_shutdown": 5, "http": PatientProtocol,
    }  # fmt: skip


def web() -> None:
    import uvicorn

    may_serve()
    _refusing(lambda: _check_ours("holdfast_web"))
    uvicorn.run("app.cli:web_app", factory=True, workers=settings().web_processes, **_web_options())


def web_app() -> Any:
    """The web application as each of `WEB_PROCESSES` processes makes it."""
    from app.main import create_app

    _log_to_stderr()
    keep_buffers()
    app = create_app()
    gc.freeze()  # what is there for good need not be looked through for rubbish, request after request
    return app


def worker() -> None:
    from app.worker import work

    may_serve()
    _refusing(lambda: _check_ours("holdfast_worker"))
    _run_until_told(work())


def mail() -> None:
    from app.mail import serve_mail

    _refusing(lambda: _check_ours("holdfast_web"))
    _run_until_told(serve_mail())


def _check_ours(role: "Role") -> None:
    from app.operate import installation

    installation.check(role)


def mail_check(domain: str, selector: list[str], port: int) -> None:
    from app.arrivals.mail.setup_help import look

    marks = {"good": "ok     ", "missing": "MISSING", "advice": "better "}
    lacks = 0
    for finding in look(domain, selector, port):
        print(f"{marks[finding.level]}  {finding.sentence}", flush=True)
        lacks += finding.level == "missing"
    if lacks:
        sys.exit(f"\n{lacks} {'thing is' if lacks == 1 else 'things are'} missing.")
    print("\nMail can come and go.")


def _run_until_told(part: Coroutine[Any, Any, None]) -> None:
    async def run() -> None:
        task = asyncio.ensure_future(part)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await task

    try:
        asyncio.run(run())
    except asyncio.CancelledError:
        pass


def migrate() -> None:
    from app.operate.installation import bring_up_to_date

    bring_up_to_date()


def check() -> None:
    """Raise NotOurs unless database, store and master key belong together, and the database is in today's shape."""
    from app.kit.migrate import is_current
    from app.operate import installation

    installation.check("holdfast_worker")
    if not is_current():
        raise installation.NotOurs(
            "The database is not in the shape that this version of Holdfast makes. Run `holdfast migrate`."
        )


def demo() -> None:
    from app.demo.seed import seed

    seed(say=lambda line: print(line, flush=True))


def migrate_alone() -> None:
    with database(bring_up_to_date=True):
        print("The database is in today's shape.")


def demo_alone() -> None:
    with database():
        demo()


def verify(second: str | None) -> None:
    from app.media.scrub import second_store
    from app.verify import CannotRead
    from app.verify import verify as check

    try:
        copies = second_store(second) if second else None
    except ValueError as nowhere:
        sys.exit(str(nowhere))
    with database():
        try:
            sound = check(lambda line: print(line, flush=True), second=copies)
        except CannotRead as held_back:
            sys.exit(str(held_back))
    if not sound:
        sys.exit(1)


def sweep(dry_run: bool) -> None:
    from app.operate import sweep as sweeping

    with database():
        if dry_run:
            would = sweeping.rehearse(lambda line: print(line, flush=True))
        else:
            done = sweeping.sweep()
            print(f"{done.set_aside} objects were set aside, and {done.erased} that lay aside long enough erased.")
            would = done.possible
    if not would:
        sys.exit(1)


def rewrap() -> None:
    from app.verify import rewrap as wrap_again

    with database():
        print(f"{wrap_again()} keys of boxes are wrapped as the settings say now.")


def app_command(**chosen: Any) -> None:
    from app.oauth import command

    with database():
        try:
            command.run(argparse.Namespace(**chosen), lambda line: print(line, flush=True))
        except ValueError as wrong:
            sys.exit(str(wrong))


def person_command(**chosen: Any) -> None:
    from app.operate import people

    with database():
        try:
            people.run(argparse.Namespace(**chosen), lambda line: print(line, flush=True))
        except ValueError as wrong:
            sys.exit(str(wrong))


def sign_everyone_out(everyone: bool, why: str) -> None:
    from app.operate import people

    with database():
        people.sign_everyone_out(why, lambda line: print(line, flush=True))


def db_url() -> None:
    from app.kit.db import admin_url

    print(admin_url().set(drivername="postgresql").render_as_string(hide_password=False))


def db_revise(message: str) -> None:
    from app.kit.migrate import revise

    with database(bring_up_to_date=True):
        revise(message)


def db_start() -> None:
    embedded_postgres.start(settings().data)


def db_stop() -> None:
    pid = embedded_postgres.running_pid(settings().data)
    if pid is None:
        sys.exit("It is not running.")
    embedded_postgres.stop(settings().data, pid)


if __name__ == "__main__":
    main()
