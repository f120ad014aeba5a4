#!/bin/sh
# Build the Debian packages of an sdist on the Debian that runs this, which has to have their build dependencies:
#
#   packaging/deb.sh SDIST FOLDER
#
# The packages come to lie in FOLDER. Who builds them is who stands in $DEBFULLNAME and $DEBEMAIL, as for Debian's own
# tools. Libraries of Python come from the registry that pip uses.
set -eu
sdist=$(realpath "$1") folder=$2
: "${DEBFULLNAME:?who builds the package, by name}" "${DEBEMAIL:?the e-mail address of who builds the package}"
mkdir -p "$folder"
folder=$(realpath "$folder")
. /etc/os-release
upstream=$(basename "$sdist" .tar.gz)
upstream=${upstream#dovetool-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -C "$work" -xzf "$sdist"
cd "$work/dovetool-$upstream"
cp -R packaging/debian debian
sed -i -e "s/@UPSTREAM@/$upstream/" -e "s/@VERSION@/$upstream-1~debian$VERSION_ID/" -e "s/@SUITE@/$VERSION_CODENAME/" \
  -e "s/@MAINTAINER@/$DEBFULLNAME <$DEBEMAIL>/" -e "s/@DATE@/$(date -R -r "$sdist")/" debian/changelog debian/control
dpkg-buildpackage --build=binary --no-sign
cp "$work"/*.deb "$work"/*.changes "$work"/*.buildinfo "$folder"
