#!/bin/sh
# OpenSSH in a loop: each line of LINES on all hosts at once, one connection a host.
#
#   each.sh KEY KNOWN_HOSTS ADDRESSES LINES STAMP
set -eu

key=$1 known=$2 addresses=$3 lines=$4 stamp=$5
scratch=$(mktemp -d /tmp/cm.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
options="-F none -i $key -o UserKnownHostsFile=$known -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes
    -o ControlPath=$scratch/%C"
sed "s/STAMP/$stamp/g" "$lines" >"$scratch/lines"

one() {
    # The master's output must go elsewhere, or whoever reads ours would wait for its end.
    # shellcheck disable=SC2086
    ssh $options -o ControlMaster=yes -p "$2" -fN "ops@$1" >/dev/null 2>&1
    while IFS= read -r line; do
        # shellcheck disable=SC2086
        ssh $options -p "$2" "ops@$1" "$line" </dev/null >/dev/null
    done <"$scratch/lines"
    # shellcheck disable=SC2086
    ssh $options -p "$2" -O exit "ops@$1" 2>/dev/null
}

pids=
while read -r address port; do
    one "$address" "$port" &
    pids="$pids $!"
done <"$addresses"
for pid in $pids; do
    wait "$pid"
done
