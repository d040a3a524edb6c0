# Runs a Redis for as long as stdin stays open, then ends it and removes its folder.
#
# The caller holds the other end of stdin, so even its sudden death is noticed here. A server
# that ends by itself, or by a signal, leaves its folder to its successor.
#
# Arguments: the folder; then the server's own arguments. Says the server's process number.
folder=$1
shift

trap '' HUP INT TERM # only the end of stdin ends this script
exec 3<&0
redis-server "$@" </dev/null >/dev/null 2>&1 3<&- &
server=$!
echo "$server"
{
    while read -r _; do :; done
    : >"$folder/is_over"
    kill -KILL "$server"
} <&3 >/dev/null 2>&1 &
watcher=$!
wait "$server"
{ kill -KILL "$watcher"; wait "$watcher"; } 2>/dev/null
if [ -e "$folder/is_over" ]; then rm -rf "$folder"; fi
