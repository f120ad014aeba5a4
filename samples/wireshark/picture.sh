#!/usr/bin/env bash
# Make the picture of Wireshark for the README: the profile, the tag with its bits, a filter by VNID at work.
#
#   samples/wireshark/picture.sh [DOVETOOL [PICTURE]]      by default .venv/bin/dovetool, samples/wireshark/tag.png
#
# Needs wireshark, xvfb, xdotool and imagemagick (Debian's names). It works in a home folder of its own, and reads and
# writes none of the caller's settings. Run by root, Wireshark itself runs as nobody, since it warns root in a window.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dovetool=$(realpath -s "${1:-$here/../../.venv/bin/dovetool}")
picture=$(realpath "${2:-$here/tag.png}")
demo=$here/../demo
width=1280 height=700
filter='overlay.vnid == 5001'

for tool in "$dovetool" wireshark mergecap tshark Xvfb xdotool import; do
  command -v "$tool" >/dev/null || { echo "picture.sh: $tool is not there" >&2; exit 2; }
done

home=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$home"
}
trap finish EXIT

export HOME=$home XDG_CONFIG_HOME=$home/.config XDG_RUNTIME_DIR=$home/run LC_ALL=C.UTF-8 QT_LOGGING_RULES='*=false'
mkdir -m 700 "$XDG_RUNTIME_DIR"
"$dovetool" wireshark install >/dev/null
"$dovetool" wireshark profile -m "$demo/map.yaml" >/dev/null
mergecap -w "$home/hops.pcapng" "$demo/taps/2-tagged.pcapng" "$demo/taps/3-underlay.pcapng"

# The window, and columns as wide as what is in them.
cat >"$home/.config/wireshark/recent_common" <<EOF
gui.geometry_main_x: 0
gui.geometry_main_y: 0
gui.geometry_main_width: $width
gui.geometry_main_height: $height
EOF
cat >"$home/.config/wireshark/profiles/dovetool/recent" <<'EOF'
gui.geometry_main_upper_pane: 225
gui.geometry_main_lower_pane: 640
column.width: %m, 45, %t, 105, %Cus:ip.src or ipv6.src:1:R, 95, %Cus:ip.dst or ipv6.dst:1:R, 125, %Cus:overlay.vnid:1:R, 50, %Cus:overlay.network:1:R, 65, %Cus:overlay.encap:1:R, 55, %s, 150, %d, 150, %p, 65, %L, 55, %i, 420
EOF

as_user=()
if [ "$(id -u)" = 0 ]; then
  chown -R nobody: "$home"
  as_user=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups)
fi

# The first ping of the filtered network that has a tag.
number=$("${as_user[@]}" tshark -r "$home/hops.pcapng" -Y "dove.vnid == 5001 && icmp" -T fields -e frame.number | head -n 1)

exec 3< <("${as_user[@]}" Xvfb -displayfd 1 -screen 0 "${width}x${height}x24" -nolisten tcp 2>/dev/null)
pids+=($!)
read -r display <&3
export DISPLAY=:$display
"${as_user[@]}" wireshark -C dovetool -Y "$filter" -g "$number" -r "$home/hops.pcapng" >"$home/log" 2>&1 &
pids+=($!)

window=$(timeout 120 xdotool search --sync --onlyvisible --name 'hops.pcapng' | tail -n 1)
xdotool windowsize "$window" "$width" "$height" windowmove "$window" 0 0
sleep 3 # nothing tells when the packets are shown

# In the packet details: open the tag and the overlays, and rest on the VNID, so that its octets are marked.
xdotool mousemove 200 345 click 1
xdotool key --delay 100 Home Down Down Right End Right Home Down Down Down Down Down Down
xdotool mousemove "$((width - 1))" "$((height - 1))"
sleep 1
import -window root "png:$home/picture"
mv "$home/picture" "$picture"
