# Runs one PostgreSQL server for as long as stdin stays open, then stops it and clears up.
#
# The caller holds the other end of stdin, so even its sudden death is noticed here. It also
# hands over its lock on a kept folder as stdout: the folder is free once this script has ended,
# so nothing that may outlive the script inherits stdout.
#
# Arguments: the folder of PostgreSQL's programs; the cluster's folder; the folder to create now
# and remove at the end ('' for none, the cluster's own for a throwaway); the text of
# pg_hba.conf; the verifier of a new superuser's password ('' for none); then the server's own
# arguments.
bin=$1 folder=$2 temporary=$3 hba=$4 verifier=$5
shift 5

trap '' HUP INT TERM # only the end of stdin ends this script
umask 077
exec 3<&0
log=$folder/server.log

prepare() {
    if [ -n "$temporary" ]; then mkdir "$temporary" || return; fi
    if [ -f "$log" ]; then mv -f "$log" "$log.old"; fi
    printf '%s' "$hba" >"$folder/pg_hba.conf" || return
    if [ -f "$folder/data/PG_VERSION" ]; then return; fi

    # Under another name until it is whole, so that an interrupted start leaves no half cluster.
    rm -rf "$folder/data.new"
    set --
    if [ "$temporary" = "$folder" ]; then set -- --no-sync; fi
    if [ -n "$verifier" ]; then
        printf '%s\n' "$verifier" >"$folder/superuser" || return
        set -- "$@" --pwfile="$folder/superuser"
    fi
    # The server reads our pg_hba.conf; these methods are for somebody starting it without.
    "$bin/initdb" -D "$folder/data.new" -U postgres --auth-local=peer --auth-host=reject \
        --encoding=UTF8 --locale=C "$@" </dev/null >"$log" 2>&1 3<&- &&
        mv "$folder/data.new" "$folder/data"
}

serve() {
    "$bin/postgres" -D "$folder/data" "$@" </dev/null >>"$log" 2>&1 3<&- &
    server=$!
    {
        while read -r _; do :; done
        # Repeated, as a server that is just beginning may not listen to signals yet.
        seconds=0
        while [ "$seconds" -lt 30 ] && kill -INT "$server"; do
            sleep 1
            seconds=$((seconds + 1))
        done
        kill -QUIT "$server"
    } <&3 >/dev/null 2>&1 &
    watcher=$!
    wait "$server"
    status=$?
    { kill -KILL "$watcher"; wait "$watcher"; } 2>/dev/null
    return "$status"
}

prepare && serve "$@"
status=$?
if [ -f "$log" ]; then tail -c 4000 "$log" >&2; fi
if [ -n "$temporary" ]; then
    # Once more, should a backend of a crashed server have been writing meanwhile.
    rm -rf "$temporary" || { sleep 1; rm -rf "$temporary"; }
fi
exit "$status"
