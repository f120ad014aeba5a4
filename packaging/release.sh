#!/bin/sh
# Make the release X.Y.Z out of main as it is:
#
#   packaging/release.sh X.Y.Z
#
# It sets the version, gives what the CHANGELOG has under Unreleased its number and the day (or a part that has the number
# already, the day), runs all checks, builds the sdist and a wheel and tries it, commits, and tags. Nothing leaves this
# machine: `git push --follow-tags` does that, and the workflow `wheels` builds and publishes what has the tag.
set -eu
cd "$(dirname "$0")/.."
version=$1
echo "$version" | grep -Eqx '[0-9]+\.[0-9]+\.[0-9]+' || { echo "a version is X.Y.Z, and not $version" >&2; exit 2; }
[ "$(git branch --show-current)" = main ] || { echo "releases are made of main" >&2; exit 1; }
[ -z "$(git status --porcelain)" ] || { echo "there are changes that are not committed" >&2; exit 1; }
! git rev-parse --quiet --verify "refs/tags/v$version" >/dev/null || { echo "v$version is there already" >&2; exit 1; }
has_entries() {
  awk -v name="[$1]" '/^## \[/ { part = $2 } part == name && /^- / { found = 1 } END { exit !found }' CHANGELOG.md
}
if has_entries Unreleased; then
  ! has_entries "$version" || { echo "CHANGELOG.md has entries under Unreleased and under $version" >&2; exit 1; }
  sed -i "s/^## \[Unreleased\]\$/&\n\n## [$version]/" CHANGELOG.md
else
  has_entries "$version" || { echo "CHANGELOG.md tells nothing under Unreleased" >&2; exit 1; }
fi
sed -i "s/^## \[$version\].*/## [$version] - $(date -u +%Y-%m-%d)/" CHANGELOG.md
sed -i "s/^__version__ = .*/__version__ = \"$version\"/" dovetool/__init__.py
make lint
make test
make wheel
python3 -m venv build/release
build/release/bin/python -m pip install --quiet dist/*.whl
build/release/bin/python packaging/smoke.py --compiled build/release/bin/dovetool
rm -r build/release
git diff --quiet || git commit --quiet --message "Release $version" dovetool/__init__.py CHANGELOG.md
git tag --annotate "v$version" --message "dovetool $version"
echo "v$version is tagged; to publish it: git push --follow-tags"
