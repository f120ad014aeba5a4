#!/bin/sh
# A fresh Debian in a folder, as root, with debootstrap:
#
#   packaging/chroot.sh make SUITE FOLDER [PACKAGE ...]   make it: a minimal system with these packages
#   packaging/chroot.sh run FOLDER COMMAND [ARGUMENT ...] run a command there; it sees /proc and /dev
#
# What this machine says of package registries (certificates, /etc/pip.conf, proxies in the environment) holds there too.
# $DEBIAN_MIRROR is the mirror to take packages from. What debootstrap made is kept for the next time as SUITE.tar in
# the folder $DOVETOOL_CHROOTS, where that is set.
set -eu
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

make_root() {
  suite=$1 root=$2
  shift 2
  kept=${DOVETOOL_CHROOTS:+$DOVETOOL_CHROOTS/$suite.tar}
  mkdir -p "$root"
  if [ -n "$kept" ] && [ -e "$kept" ]; then
    tar -C "$root" -xf "$kept"
  else
    debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" || { tail -5 "$root.log" >&2; exit 1; }
    rm "$root.log"
    [ -z "$kept" ] || { tar -C "$root" -cf "$kept.part" --exclude=./proc/* --exclude=./dev/* . && mv "$kept.part" "$kept"; }
  fi
  copy_settings "$root"
  run "$root" apt-get -qq -o Acquire::Check-Valid-Until=false update
  [ $# = 0 ] || run "$root" apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" >"$root/apt.log" \
    2>&1 </dev/null || { tail -5 "$root/apt.log" >&2; exit 1; }
  copy_settings "$root" # a package has certificates of its own
}

copy_settings() {
  for file in /etc/pip.conf /etc/resolv.conf /etc/ssl/certs/ca-certificates.crt; do
    [ ! -e "$file" ] || { mkdir -p "$1${file%/*}" && cp -L "$file" "$1$file"; }
  done
}

run() {
  root=$1
  shift
  [ -e "$root/dev/null" ] || mknod -m 666 "$root/dev/null" c 1 3
  # A mount namespace of its own, so that nothing stays mounted.
  export root DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
  unset PIP_FIND_LINKS PYTHONPATH TMPDIR VIRTUAL_ENV
  PATH=/usr/sbin:/usr/bin:/sbin:/bin unshare --mount sh -c '
    mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && exec chroot "$root" "$@"' chroot "$@"
}

case $1 in
  make) shift; make_root "$@" ;;
  run) shift; run "$@" ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
