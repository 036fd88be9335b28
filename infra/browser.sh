# Sourced by infra/test: Chromium and exiftool, taken from the machine or installed.

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_package() {
    as_root apt-get update -qq >/dev/null && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
}

# Sets HOLDFAST_CHROMIUM to a browser that Playwright can drive.
find_browser() {
    local name
    for name in "${HOLDFAST_CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [ -n "$name" ] && command -v "$name" >/dev/null; then
            HOLDFAST_CHROMIUM=$(command -v "$name")
            export HOLDFAST_CHROMIUM
            return
        fi
    done
    echo "Installing Chromium …"
    if command -v apt-get >/dev/null && install_package chromium; then
        HOLDFAST_CHROMIUM=$(command -v chromium)
    else
        "$root/.venv/bin/playwright" install chromium
        HOLDFAST_CHROMIUM=$("$root/.venv/bin/python" -c \
            'from playwright.sync_api import sync_playwright as p; print(p().start().chromium.executable_path)')
    fi
    export HOLDFAST_CHROMIUM
}

find_exiftool() {
    command -v exiftool >/dev/null && return
    echo "Installing exiftool …"
    install_package libimage-exiftool-perl
}
