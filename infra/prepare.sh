# Sourced by infra/run and infra/test: makes the virtual environment and installs what is locked.
# Installs again only when a lock file has changed, so a second start costs nothing.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore

find_python() {
    local name
    for name in python3.14 python3.13 python3.12 python3.11 python3 python; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Holdfast needs Python 3.11 or newer, and found none." >&2
    return 1
}

# prepare run|test: the virtual environment with that lock file (test holds all of run).
prepare() {
    local want stamp="$root/.venv/.holdfast-$1"
    want=$(cat "$root/infra/lock/$1.txt" "$root/pyproject.toml" | cksum)
    if [ ! -x "$root/.venv/bin/python" ]; then
        echo "Making the virtual environment …"
        "$(find_python)" -m venv "$root/.venv" || {
            echo "Python could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2
            return 1
        }
    fi
    if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ]; then
        echo "Installing what is locked (once; it takes a minute) …"
        "$root/.venv/bin/python" -m pip install -q --require-hashes -r "$root/infra/lock/$1.txt"
        "$root/.venv/bin/python" -m pip install -q --no-index --no-deps --no-build-isolation -e "$root"
        echo "$want" >"$stamp"
    fi
    "$root/.venv/bin/python" "$root/infra/assets/install.py"
}
