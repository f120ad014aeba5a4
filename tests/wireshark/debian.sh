#!/bin/sh
# Run the tshark of another Debian suite, in a folder that debootstrap makes, as an ordinary user:
#
#   tests/wireshark/debian.sh --set-up trixie       make the folder, once (as root; about 450 MB in .debian/)
#   tests/wireshark/debian.sh trixie [ARGUMENT ...] run tshark; it sees the folder for temporary files
#
# $DEBIAN_MIRROR is the mirror to take packages from.
set -eu
folders=$(cd "$(dirname "$0")/../.." && pwd)/.debian
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

set_up() {
  root=$folders/$1
  [ ! -e "$root" ] || exit 0
  mkdir -p "$folders"
  rm -rf --one-file-system "$root.part"
  debootstrap --variant=minbase "$1" "$root.part" "$mirror" >"$root.log" || { tail -5 "$root.log" >&2; exit 1; }
  # debootstrap's own --include chooses badly between packages that provide the same thing, and fails on sid.
  # Like debootstrap, do not mind a mirror's list that is older than it should be.
  chroot "$root.part" apt-get -qq -o Acquire::Check-Valid-Until=false update
  DEBIAN_FRONTEND=noninteractive chroot "$root.part" \
    apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends tshark >>"$root.log" </dev/null
  chroot "$root.part" apt-get clean
  mv "$root.part" "$root"
  rm "$root.log"
}

if [ "$1" = --set-up ]; then
  set_up "$2"
  exit 0
fi
root=$folders/$1 tmp=${TMPDIR:-/tmp}
shift
mkdir -p "$root$tmp"
case $HOME in "$tmp"/*) ;; *) export HOME="$tmp" ;; esac # root's own is not to be read there
# A mount namespace of its own, so that nothing stays mounted.
export root tmp
exec unshare --mount sh -c '
  mount --bind "$tmp" "$root$tmp" && mount -t proc proc "$root/proc" &&
  exec chroot "$root" setpriv --reuid=65534 --regid=65534 --clear-groups tshark "$@"' tshark "$@"
