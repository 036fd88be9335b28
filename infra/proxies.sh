# Sourced by infra/test --deep: the web servers that stand in front. Nothing of them is started.

install_proxies() {
    if { command -v nginx || [ -x /usr/sbin/nginx ]; } >/dev/null && command -v caddy >/dev/null; then
        return
    fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "nginx and Caddy are not installed: their tests are skipped (apt-get install nginx-light caddy)." >&2
        return
    fi
    echo "Installing nginx and Caddy …"
    # Debian asks policy-rc.d whether a package may start its server; 101 is no.
    local asked=/usr/sbin/policy-rc.d mine=
    [ -e "$asked" ] || { mine=1 && printf '#!/bin/sh\nexit 101\n' >"$asked" && chmod 755 "$asked"; }
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends nginx-light caddy >/dev/null ||
        echo "nginx and Caddy could not be installed: their tests are skipped." >&2
    [ -z "$mine" ] || rm "$asked"
}
