"""Real web servers in front of a real Holdfast: nginx and Caddy, with files of ours or the barest there is."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec

from app.cli import _web_options
from app.kit.config import PROJECT
from tests.arrivals.amazon import certificate, pem
from tests.machine import free_port, listens, until

NAME = "box.example.org"
FILES = PROJECT / "infra" / "proxy"


@contextmanager
def serving(app: Any) -> Iterator[int]:
    """The port of uvicorn, as `holdfast web` runs it, with this application."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, **{**_web_options(), "port": port}))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started, 30, "A start")
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(15)


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@contextmanager
def running(command: list[str], folder: Path, port: int) -> Iterator[int]:
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            command, cwd=folder, stdout=said, stderr=said, env={**os.environ, "HOME": str(folder)}
        )
    try:
        until(lambda: listens(port) or process.poll() is not None, 30, "A web server in front")
        assert process.poll() is None, (folder / "said").read_text()
        yield port
    finally:
        process.terminate()
        process.wait(15)


@contextmanager
def nginx(folder: Path, site: str, port: int) -> Iterator[int]:
    """nginx with this configuration of its http block."""
    folder.mkdir()
    rooms = "".join(
        f"{each}_temp_path {folder / each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder / 'pid'}; error_log stderr warn; {'user root;' if os.getuid() == 0 else ''}"
        f"events {{}} http {{ access_log off; {rooms}\n{site}\n}}"
    )
    command = [program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with running(command, folder, port):
        yield port


@contextmanager
def caddy(folder: Path, site: str, port: int) -> Iterator[int]:
    """Caddy with this Caddyfile."""
    folder.mkdir()
    (folder / "Caddyfile").write_text(site)
    with running([program("caddy"), "run", "--config", "Caddyfile", "--adapter", "caddyfile"], folder, port):
        yield port


def bare_nginx(folder: Path, to: int) -> Any:
    """What everybody writes first: one line, that adds nothing to what it passes on."""
    port = free_port()
    site = f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{to}; }} }}"
    return nginx(folder, site, port)


def bare_caddy(folder: Path, to: int) -> Any:
    """Caddy told to add nothing, and to call the server by its own name."""
    port = free_port()
    silent = "".join(
        f"header_up -{name}\n" for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Via")
    )
    options = "{\nadmin off\nauto_https off\n}\n"
    return caddy(
        folder, f"{options}http://:{port} {{\nreverse_proxy 127.0.0.1:{to} {{\nheader_up Host {{upstream_hostport}}\n"
        f"{silent}}}\n}}\n", port,
    )  # fmt: skip


def _keys(folder: Path) -> Path:
    """A CA in `authority.pem`, and its certificate and key for NAME."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = certificate(authority_key, "Test authority", authority=True)
    (folder / "authority.pem").write_bytes(pem(authority))
    (folder / "chain.pem").write_bytes(pem(certificate(key, NAME, by=(authority_key, authority))))
    (folder / "key.pem").write_bytes(pem(key))
    return folder


def our_nginx(folder: Path, to: int) -> Any:
    """infra/proxy/nginx.conf as it stands, at a port of its own, with a certificate of ours."""
    port, keys = free_port(), _keys(folder.parent)
    site = (FILES / "nginx.conf").read_text()
    changes = {
        "127.0.0.1:8000": f"127.0.0.1:{to}", "listen 443": f"listen 127.0.0.1:{port}",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{free_port()};", "    listen [::]:80;\n": "",
        "/etc/letsencrypt/live/box.example.org/fullchain.pem": str(keys / "chain.pem"),
        "/etc/letsencrypt/live/box.example.org/privkey.pem": str(keys / "key.pem"),
    }  # fmt: skip
    return nginx(folder, _changed(site, changes), port)


def our_caddy(folder: Path, to: int) -> Any:
    """infra/proxy/Caddyfile as it stands, at a port of its own, with a certificate of ours."""
    port, keys = free_port(), _keys(folder.parent)
    changes = {
        "127.0.0.1:8000": f"127.0.0.1:{to}",
        "\n{\n": f"\n{{\nadmin off\nauto_https disable_redirects\nhttp_port {free_port()}\nhttps_port {port}\n",
        "box.example.org {\n": f"box.example.org {{\ntls {keys / 'chain.pem'} {keys / 'key.pem'}\n",
    }
    return caddy(folder, _changed((FILES / "Caddyfile").read_text(), changes), port)


def _changed(site: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in site, old
        site = site.replace(old, new)
    return site
