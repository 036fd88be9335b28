"""The `holdfast` command at a shell: real processes, a data folder of their own."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from app.kit import embedded_postgres
from app.kit.config import PROJECT
from tests.machine import free_port


class Shell:
    """Runs the command with settings of its own, and leaves nothing running."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port, self.smtp_port = free_port(), free_port()
        self.environment = {
            **os.environ, "HOLDFAST_DATA": str(data), "HOLDFAST_DEMO": "0",
            "PORT": str(self.port), "SMTP_PORT": str(self.smtp_port), "BASE_URL": "",
        }  # fmt: skip
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *words: str, **settings: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "app.cli", *words]
        environment = {**self.environment, **settings}
        process = subprocess.Popen(
            command, env=environment, cwd=PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.running.append(process)
        return process

    def run(self, *words: str, **settings: str) -> tuple[int, str]:
        """Status and what was said, of a command that ends, with these settings besides."""
        process = self.start(*words, **settings)
        said, _ = process.communicate(timeout=60)
        return process.returncode, said

    def health(self) -> tuple[int, dict[str, Any]]:
        """Status and body of /healthz; 0 while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def stop(self) -> None:
        """Leave nothing running."""
        for process in self.running:
            if process.poll() is None:
                process.kill()
                process.wait()
        pid = embedded_postgres.running_pid(self.data)
        if pid is not None:
            embedded_postgres.stop(self.data, pid)
