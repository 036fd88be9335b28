"""`python -m tests.media.killing COUNT KILLS`: uploads and their jobs while web, worker and PostgreSQL are killed.

A world of its own in HOLDFAST_DATA: an embedded PostgreSQL, a web process and a worker, each killed with SIGKILL at
random moments and started again, while COUNT small pictures are sent by tus and made into memories. Prints what was
found at the end as JSON; the counts of what must not be are 0 when all is well.
"""

import hashlib
import http.client
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from PIL import Image
from sqlalchemy import create_engine, text

from app.kit import embedded_postgres
from app.kit.config import settings
from app.kit.db import admin_url, engine
from app.kit.ids import new_id
from app.media import sweep
from app.media.store import media_store
from app.operate.installation import MARK, bring_up_to_date
from app.operate.sweep import sweep as set_unnamed_aside
from app.verify import verify
from tests.cast import Cast, make_cast
from tests.machine import free_port, listens, until
from tests.media.tools import OCTETS, TUS, Web, metadata

AT_ONCE = 4
# Written by the database itself, whoever changes the row: how often a file was finished.
AUDIT = """
create table finished (file uuid);
create function note_finished() returns trigger language plpgsql security definer set search_path = pg_catalog, public
    as $$ begin insert into finished values (new.id); return null; end $$;
create trigger note after update on media_file for each row
    when (old.state = 'waiting' and new.state <> 'waiting') execute function note_finished();
"""


class World:
    """The three that are killed, and how often each was."""

    def __init__(self) -> None:
        self.data, self.port = settings().data, free_port()
        self.postgres = embedded_postgres.start(self.data)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.kills: Counter[str] = Counter()

    def start(self, name: str) -> None:
        environment = {**os.environ, "PORT": str(self.port)}
        command = [sys.executable, "-m", "app.cli", name]
        with (self.data / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        if name == "web":
            until(lambda: listens(self.port))

    def kill(self, name: str) -> None:
        """SIGKILL, then as whatever keeps services running does: start it again."""
        self.kills[name] += 1
        if name == "postgres":
            assert self.postgres is not None
            family = [self.postgres, *_children(self.postgres)]
            for pid in family:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            os.waitpid(self.postgres, 0)
            until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))
            self.postgres = embedded_postgres.start(self.data)
        else:
            self.running[name].kill()
            self.running[name].wait()
            self.start(name)
        self.keep_running()

    def keep_running(self) -> None:
        """Start again what gave up because another was gone."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.start(name)

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()
        if self.postgres is not None:
            embedded_postgres.stop(self.data, self.postgres)


def _children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def picture(number: int, chance: random.Random) -> bytes:
    """A small JPEG that no other is like; what stands after its end makes it up to some segments long."""
    file = io.BytesIO()
    Image.new("RGB", (48, 32), (number % 256, number // 256 % 256, 90)).save(file, "JPEG")
    return file.getvalue() + chance.randbytes(chance.choice([10, 5_000, 70_000, 200_000]))


class Sender:
    """Sends one picture and makes it a memory, again and again until both are acknowledged."""

    def __init__(self, web: Web, box: UUID, content: bytes) -> None:
        self.web, self.box, self.content, self.once = web, box, content, new_id()
        self.path = ""

    def ask(self, *request: object) -> object:
        while True:
            try:
                answer = self.web.ask(*request)  # type: ignore[arg-type]
                if answer.status < 500 and answer.status != 408:
                    return answer
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)

    def send(self) -> str:
        """The id of the upload that was acknowledged to its last byte."""
        length = {"Upload-Length": str(len(self.content))}
        answer = self.ask("POST", "/uploads", {**TUS, **length, **metadata(self.box, "a.jpg", "image/jpeg")})
        assert answer.status == 201, answer.content
        self.path = answer.headers["Location"]
        while True:
            head = self.ask("HEAD", self.path, TUS)
            assert head.status == 200, head.status
            offset = int(head.headers["Upload-Offset"])
            if offset == len(self.content):
                return self.path.rpartition("/")[2]
            headers = {**TUS, **OCTETS, "Upload-Offset": str(offset)}
            answer = self.ask("PATCH", self.path, headers, self.content[offset:])
            assert answer.status in (204, 409), answer.content

    def keep(self, upload_id: str) -> str:
        """The memory it became, or "" when what was acknowledged could not be found."""
        form = urlencode({"once": str(self.once), "when": "taken", "upload": upload_id})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.ask("POST", "/add/photo", headers, form)
        return answer.headers["Location"].split("/")[2].partition("?")[0] if answer.status == 303 else ""


def torture(world: World, cast: Cast, count: int, kills: int) -> dict[str, bytes]:
    """All the uploads, while everything is killed: the content of each memory that was acknowledged ("" if lost)."""
    chance = random.Random()
    web = Web(world.port, cast.sign_in("kai"))
    done: dict[str, bytes] = {}
    gate = threading.Semaphore(0)
    left = threading.Semaphore(0)

    def send(number: int) -> None:
        gate.acquire()
        sender = Sender(web, cast.box["kai"], picture(number, random.Random(number)))
        kept = sender.keep(sender.send())
        done[kept or f"lost {number}"] = sender.content
        left.release()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        sent = [threads.submit(send, number) for number in range(count)]
        opened = 0
        for kill in range(kills):
            more = (kill + 1) * count // kills - opened
            opened += more
            gate.release(more)
            time.sleep(chance.random() * 0.6)
            world.kill(chance.choice(["web", "worker", "postgres"]))
        while not all(each.done() for each in sent):
            world.keep_running()
            time.sleep(0.1)
        for each in sent:
            each.result()
    return done


def main(count: int, kills: int) -> dict[str, object]:
    """Everything; see the module."""
    world = World()
    try:
        bring_up_to_date()
        admin = create_engine(admin_url(), isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        with admin.connect() as connection:
            connection.execute(text(AUDIT))
        cast = make_cast()
        world.start("web")
        world.start("worker")
        began = time.monotonic()
        kept = torture(world, cast, count, kills)

        def ask(query: str) -> list[tuple]:
            with admin.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query)).all()]

        def waiting() -> int:
            world.keep_running()
            jobs = "select 1 from jobs.procrastinate_jobs where task_name like 'holdfast:media.process%'"
            return len(ask("select 1 from media_file where state = 'waiting'")) + len(
                ask(f"{jobs} and status <> 'failed'")
            )

        until(lambda: waiting() == 0, 180)
        took = time.monotonic() - began
        rows = {
            str(memory): sha256
            for memory, sha256 in ask(
                "select f.memory_id, o.sha256 from media_file f join media_original o on o.media_file_id = f.id"
            )
        }
        faults: list[str] = []
        verify(lambda line: faults.append(line) if line.startswith(("file ", "upload ", "ledger of")) else None)

        left = len(list(media_store().keys())) - len(_named(ask))
        sweep.ORPHAN_AFTER = timedelta()
        ask("update upload set expires_at = now() - interval '1 second' returning 1")
        sweep.sweep_uploads()
        set_unnamed_aside()
        per_file = Counter(file for (file,) in ask("select file from finished"))
        return {
            "uploads": len(kept),
            "kills": dict(world.kills),
            "seconds": round(took),
            "acknowledged and lost": sum(
                rows.get(memory) != hashlib.sha256(content).hexdigest() for memory, content in kept.items()
            ),
            "memories twice": len(rows) - len(kept),
            "rows without sound bytes": faults,
            "files finished": sum(per_file.values()),
            "files not finished exactly once": sum(times != 1 for times in per_file.values())
            + len(rows)
            - len(per_file),
            "files not ready": len(ask("select 1 from media_file where state <> 'ready'")),
            "jobs left": len(
                ask("select 1 from jobs.procrastinate_jobs where task_name like 'holdfast:media.process%'")
            ),
            "left behind before the sweep": left,
            "orphans after the sweep": len(set(media_store().keys()) ^ _named(ask)),
        }
    finally:
        engine("holdfast_web").dispose()
        engine("holdfast_worker").dispose()
        world.stop()


def _named(ask: object) -> set[str]:
    """Every object that a row names, and the mark of whose store it is."""
    originals = {key for (key,) in ask("select store_key from media_original")}  # type: ignore[operator]
    shown = {key for (key,) in ask("select r ->> 'key' from media_file, jsonb_array_elements(renditions) r")}  # type: ignore[operator]
    return originals | shown | {MARK}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
