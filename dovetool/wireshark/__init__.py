"""Wireshark's side: the plugin `dove.lua`, and what finds, installs and runs Wireshark's programs.

The contract of this layer:
- Maps and captures are data. Their names reach Wireshark through files that it only reads, never as code.
- tshark runs with our plugin whether or not that is installed, in a home folder of its own, so that an answer depends
  on the capture, the filter and `-d` alone; as root it runs as an ordinary user. An empty answer is believed only of
  a tshark that has shown that it knows `dove.vnid`.
- No tshark outlives the code that asked it.

pyshark lives in `packets` alone, and only when it is asked for.
"""
