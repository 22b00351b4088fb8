#!/bin/sh
# Runs one lab host: mounts its root, boots it, and boots it again whenever it asks for a reboot.
#
# Started in a mount namespace of its own, so that the overlay disappears with the last process.
# All that runs here is in the control groups given last, at first in their sub-group boot0, so that a
# host is found and killed by them.
#
#   host.sh DIRECTORY LOWER MACHINE HOSTNAME NETNS CGROUP...
set -eu

directory=$1 lower=$2 machine=$3 hostname=$4 netns=$5
shift 5

# A boot gets fresh groups: systemd-nspawn moves its caller into a sub-group, and a group that has
# children cannot hold processes where controllers are enabled.
enter_groups() {
    for group in "$@"; do
        mkdir -p "$group/boot$boot"
        echo $$ >"$group/boot$boot/cgroup.procs"
        old="$group/boot$((boot - 1))"
        if [ -d "$old" ]; then
            find "$old" -depth -type d -exec rmdir {} +
        fi
    done
}

boot=0
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$directory/upper,workdir=$directory/work" "$directory/root"

while :; do
    status=0
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory="$directory/root" \
        --capability=CAP_NET_ADMIN --machine="$machine" --hostname="$hostname" --register=no --keep-unit \
        --network-namespace-path="/run/netns/$netns" --resolv-conf=off --timezone=off \
        --link-journal=no --boot --console=pipe </dev/null || status=$?
    # 133 is how systemd-nspawn says that the system inside asked for a reboot.
    [ "$status" -eq 133 ] || exit "$status"
    boot=$((boot + 1))
    enter_groups "$@"
done
