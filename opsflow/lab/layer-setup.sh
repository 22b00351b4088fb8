#!/bin/sh
# Installs a lab's first packages into a layer above a base tree; needs a mount namespace of its own.
#
#   layer-setup.sh LAYER BASE WORK ROOT PACKAGE...
set -eu

layer=$1 base=$2 work=$3 root=$4
shift 4

mount -t overlay overlay -o "lowerdir=$base,upperdir=$layer,workdir=$work" "$root"
mount -t proc proc "$root/proc"
export DEBIAN_FRONTEND=noninteractive
chroot "$root" apt-get -q update
chroot "$root" apt-get -q -y --no-install-recommends install "$@"
chroot "$root" apt-get clean
