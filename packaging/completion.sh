#!/bin/sh
# Write the completions of bash, zsh and fish, as files that these shells load by themselves from their folders:
#
#   packaging/completion.sh FOLDER PYTHON [ARGUMENT ...]
#
# In FOLDER there are bash/dovetool, zsh/_dovetool and fish/dovetool.fish then. PYTHON has dovetool.
set -eu
folder=$1
shift
mkdir -p "$folder/bash" "$folder/zsh" "$folder/fish"
for pair in bash:bash/dovetool zsh:zsh/_dovetool fish:fish/dovetool.fish; do
  "$@" -m dovetool completion "${pair%%:*}" >"$folder/${pair#*:}"
done
