# Sourced by infra/test --clock: another day and hour for every process of a run, PostgreSQL too. It goes on from there.

find_faketime() {
    local found
    for found in /usr/lib/*/faketime/libfaketimeMT.so.1 /usr/lib/faketime/libfaketimeMT.so.1; do
        if [ -e "$found" ]; then
            echo "$found"
            return
        fi
    done
    return 1
}

# set_clock '2027-03-28 00:58:00': as the people's clock on the wall says it, in Europe/London.
set_clock() {
    local library wanted
    wanted=$(TZ=Europe/London date -d "$1" +%s) || return 1
    if ! library=$(find_faketime); then
        echo "Installing libfaketime …"
        install_package libfaketime
        library=$(find_faketime)
    fi
    # A difference, not a moment: a process that starts later has the same clock as all others. What measures a length
    # of time is left alone.
    export FAKETIME FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1 FAKETIME_DISABLE_SHM=1
    FAKETIME=$(printf '%+ds' $((wanted - $(date +%s))))
    export TZ=Europe/London LD_PRELOAD="$library" PYTHONPATH="$root/infra/clock"
    echo "The clock says $(date)."
}
