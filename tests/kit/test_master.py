"""Where the master key may lie."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASK = "from app.kit.master import make_master_key, master_key; make_master_key(); print(master_key().hex())"


def key_of(data: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOLDFAST_DATA": str(data), **more}
    return subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=False)


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first, again = key_of(tmp_path), key_of(tmp_path)
    assert first.stdout == again.stdout and len(first.stdout.strip()) == 64
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620])
def test_a_key_that_others_can_reach_is_refused_with_the_way_to_close_it(tmp_path: Path, mode: int) -> None:
    key_of(tmp_path)
    (tmp_path / "master.key").chmod(mode)
    told = key_of(tmp_path)
    assert told.returncode != 0
    assert f"chmod 600 {tmp_path / 'master.key'}" in told.stderr
    (tmp_path / "master.key").chmod(0o600)
    assert key_of(tmp_path).returncode == 0


def test_a_key_from_the_environment_wins_and_must_be_one(tmp_path: Path) -> None:
    key_of(tmp_path)
    assert key_of(tmp_path, HOLDFAST_MASTER_KEY="ab" * 32).stdout.strip() == "ab" * 32
    assert key_of(tmp_path, HOLDFAST_MASTER_KEY="ab" * 31).returncode != 0


def test_the_key_of_push_is_kept_as_safely(tmp_path: Path) -> None:
    def public(**more: str) -> str:
        asking = "from app.people.push_post import public_key; print(public_key())"
        environment = {**os.environ, "HOLDFAST_DATA": str(tmp_path), **more}
        asked = subprocess.run(
            [sys.executable, "-c", asking], env=environment, capture_output=True, text=True, check=True
        )
        return asked.stdout.strip()

    first = public()
    assert (tmp_path / "push.key").stat().st_mode & 0o777 == 0o600
    assert public() == first
    # RFC 8291, Appendix A: the key pair of the application server.
    theirs = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
    assert public(HOLDFAST_PUSH_KEY=theirs) == (
        "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
    )
