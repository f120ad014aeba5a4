#!/bin/sh
# Write the completions of bash, zsh and fish into a folder, as files that these shells load by themselves:
#
#   packaging/completion.sh FOLDER PYTHON [ARGUMENT ...]    PYTHON runs dovetool
set -eu
folder=$1
shift
mkdir -p "$folder"

script() {
  shell=$1
  shift
  _DOVETOOL_COMPLETE=source_$shell "$@" -c 'import sys; sys.argv = ["dovetool"]
from dovetool.__main__ import main
main()' | sed '/./,$!d'
}

script bash "$@" >"$folder/dovetool.bash"
script fish "$@" >"$folder/dovetool.fish"
# zsh runs the file as the function itself the first time that it is asked
script zsh "$@" | sed 's/^compdef _dovetool_completion dovetool$/_dovetool_completion "$@"/' >"$folder/_dovetool"
grep -q '^#compdef dovetool' "$folder/_dovetool"
grep -q '^_dovetool_completion "\$@"' "$folder/_dovetool"
