#!/bin/sh
# Install the wheel, the sdist and the Debian package in fresh Debians, as root, and run packaging/smoke.py on each:
#
#   packaging/smoke.sh DIST SUITE ...
#
# DIST holds the wheel and the sdist; the Debian packages of each suite are built into DIST/SUITE. The systems lie in
# $TMPDIR, and are removed at the end. $DEBFULLNAME and $DEBEMAIL are who builds the packages; if not set, git's user.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dist=$(realpath "$1")
shift
: "${DEBFULLNAME:=$(git -C "$here" config user.name)}" "${DEBEMAIL:=$(git -C "$here" config user.email)}"
export DEBFULLNAME DEBEMAIL
work=$(mktemp -d)
DOVETOOL_CHROOTS=${DOVETOOL_CHROOTS:-$work}
export DOVETOOL_CHROOTS
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM
said=$work/said

# fresh SUITE [PACKAGE ...]: a new system in $root, with the files to try in /tmp
fresh() {
  root=$work/root
  rm -rf --one-file-system "$root"
  "$here/chroot.sh" make "$1" "$root" $2 >"$said" 2>&1 || { tail -5 "$said" >&2; exit 1; }
  cp "$dist"/*.whl "$dist"/*.tar.gz "$here/smoke.py" "$here/deb.sh" "$root/tmp"
}

# inside WHAT SCRIPT: run a script there, and say how long it took; what it says is shown when it fails
inside() {
  begun=$(date +%s)
  "$here/chroot.sh" run "$root" sh -euc "cd /tmp; $2" >"$said" 2>&1 </dev/null ||
    { echo "$suite: $1: failed" >&2; tail -20 "$said" >&2; exit 1; }
  echo "$suite: $1: $(($(date +%s) - begun)) s; $(tail -n 1 "$said")"
}

pip='python3 -m venv v; v/bin/pip --disable-pip-version-check install --quiet'
extras='dovetool demo --dir d >/dev/null 2>&1
  dovetool export d/in.pcapng x.parquet
  dovetool report d/taps/3-underlay.pcapng -m d/map.yaml -o r.html --png p
  test -s x.parquet; grep -q "</html>" r.html
  echo "export writes Parquet, report a page and $(ls p/*.png | wc -l) pictures"'
for suite; do
  fresh "$suite" 'python3 python3-venv'
  inside wheel "$pip *.whl; python3 smoke.py --compiled v/bin/dovetool"
  inside 'wheel, extras' "v/bin/pip install --quiet \"\$(echo *.whl)[columns,report]\"; PATH=/tmp/v/bin:\$PATH; $extras"
  fresh "$suite" 'python3 python3-dev python3-venv gcc libc6-dev'
  inside sdist "$pip *.tar.gz; python3 smoke.py --compiled v/bin/dovetool"
  fresh "$suite" 'build-essential ca-certificates debhelper lintian python3-dev python3-venv'
  inside 'Debian package, built' 'sh deb.sh *.tar.gz out; du -ch out/*.deb | tail -n 1'
  inside lintian 'lintian --fail-on error,warning --allow-root --tag-display-limit 0 out/*.changes; echo clean'
  mkdir -p "$dist/$suite"
  cp "$root"/tmp/out/* "$dist/$suite"
  fresh "$suite" python3
  cp "$dist/$suite"/*.deb "$root/tmp"
  inside 'Debian package, installed' 'apt-get -qq -y install --no-install-recommends ./dovetool_*.deb
    test -e /usr/share/man/man1/dovetool-strip.1.gz || zcat /usr/share/doc/dovetool/changelog.Debian.gz >/dev/null
    test -e /usr/share/bash-completion/completions/dovetool
    python3 smoke.py --compiled dovetool'
  inside 'Debian package, extras' "apt-get -qq -y install --no-install-recommends ./dovetool-extras_*.deb; $extras"
  inside 'Debian package, removed' 'apt-get -qq -y purge dovetool dovetool-extras; ! test -e /usr/lib/dovetool; echo gone'
done
