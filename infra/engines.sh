# Sourced by infra/test --deep: WebKit and Firefox, which tell the story of the first box too.

install_engines() {
    if [ -x /usr/bin/WebKitWebDriver ] && command -v firefox-esr >/dev/null && command -v Xvfb >/dev/null; then
        return
    fi
    if ! command -v apt-get >/dev/null; then
        echo "WebKit and Firefox are not installed: their tests are skipped (webkit2gtk-driver, firefox-esr, xvfb)." >&2
        return
    fi
    echo "Installing WebKit and Firefox …"
    install_package webkit2gtk-driver firefox-esr xvfb || {
        echo "WebKit and Firefox could not be installed: their tests are skipped." >&2
    }
}
