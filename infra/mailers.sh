# Sourced by infra/test --deep: the mail programs of Debian that deliver through our doors. Nothing of them is started.

install_mailers() {
    if command -v swaks >/dev/null && [ -x /usr/sbin/postfix ]; then
        return
    fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "Postfix and swaks are not installed: their tests are skipped (apt-get install postfix swaks)." >&2
        return
    fi
    echo "Installing Postfix and swaks …"
    # Without a configuration of its own, Debian's package starts no server.
    echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends postfix swaks >/dev/null || {
        echo "Postfix and swaks could not be installed: their tests are skipped." >&2
    }
}
