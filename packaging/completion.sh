#!/bin/sh
# Write the completions of bash, zsh and fish into a folder, as files that these shells load by themselves:
#
#   packaging/completion.sh FOLDER PYTHON [ARGUMENT ...]    PYTHON runs dovetool
set -eu
folder=$1
shift
mkdir -p "$folder"
for pair in bash:dovetool.bash zsh:_dovetool fish:dovetool.fish; do
  "$@" -m dovetool completion "${pair%%:*}" >"$folder/${pair#*:}"
done
