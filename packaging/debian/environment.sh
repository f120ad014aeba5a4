#!/bin/sh
# Make the environment of the packages:
#
#   debian/environment.sh MADE ENVIRONMENT EXTRAS PLACE
#
# MADE is a folder for what is not shipped; PLACE is where ENVIRONMENT will be, below the root.
set -eu
made=$1 environment=$2 extras=$3 place=$4
keep=compression # small, and captures are often compressed

python3 -m venv "$made/pip"
"$made/pip/bin/python" -m pip install --quiet 'pip>=23.1' # whose --python is used
install_into() {
  "$made/pip/bin/python" -m pip --disable-pip-version-check --python "$1/bin/python3" install --quiet --no-compile \
    --no-warn-script-location "$2"
}

python3 -m venv --without-pip "$environment"
"$made/pip/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$made/wheel" .
wheel=$(echo "$made"/wheel/dovetool-*.whl)
install_into "$environment" "${wheel}[$keep]"
cp -a "$environment" "$made/with-extras"
names=$(python3 -c 'import tomllib
print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"], sep=",")')
install_into "$made/with-extras" "${wheel}[$names]"

for tree in "$environment" "$made/with-extras"; do
  for program in "$tree"/bin/*; do
    case $program in */dovetool | */python3) ;; *) rm "$program" ;; esac
  done
  printf '#!/%s/bin/python3 -I\nimport sys\nfrom dovetool.__main__ import main\nsys.exit(main())\n' "$place" \
    >"$tree/bin/dovetool"
  ln -sf /usr/bin/python3 "$tree/bin/python3"
  sed -i '/^command = /d' "$tree/pyvenv.cfg"
  rm -rf "$tree/include" "$tree/share" "$tree/lib64" "$tree/.gitignore"
  site=$(echo "$tree"/lib/python3*/site-packages)
  # What is for those who build with a library, or test it.
  rm -rf "$site"/pyarrow/include "$site"/pyarrow/src "$site"/pyarrow/tests "$site"/numpy/*/include
  find "$site" -path '*/numpy/*' -name tests -type d -prune -exec rm -rf {} +
  find "$site" \( -name __pycache__ -o -name '*.pyx' -o -name '*.pxd' -o -name '*.a' \) -prune -exec rm -rf {} +
  find "$site" -type f -exec chmod 644 {} +
  find "$site" -name '*.py' -exec sed -i '1{/^#!/d}' {} + # nobody runs them as programs
  strip --strip-unneeded "$site"/dovetool/core/*.so
  echo debian >"$(echo "$site"/dovetool-*.dist-info)/INSTALLER"
  rm -f "$site"/dovetool-*.dist-info/RECORD "$site"/dovetool-*.dist-info/direct_url.json
done

# What is only there with the extras is theirs.
(cd "$made/with-extras" && find . -type f) | while read -r file; do
  [ -e "$environment/$file" ] || { mkdir -p "$extras/${file%/*}" && cp -a "$made/with-extras/$file" "$extras/$file"; }
done

for tree in "$environment" "$extras"; do
  package=$(basename "${tree%/"$place"}")
  mkdir -p "${tree%/"$place"}/usr/share/doc/$package"
  python3 debian/libraries.py "$tree" >"${tree%/"$place"}/usr/share/doc/$package/libraries"
done
