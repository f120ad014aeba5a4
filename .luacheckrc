-- luacheck: Lua that every supported Wireshark runs (5.2 and 5.4), and what Wireshark adds to it.
std = "min"
max_line_length = 120
max_cyclomatic_complexity = 10
read_globals = {
  "Dir", "Dissector", "DissectorTable", "Field", "Listener", "MENU_TOOLS_UNSORTED", "Pref", "Proto", "ProtoExpert",
  "ProtoField", "TextWindow", "TreeItem", "Tvb", "TvbRange", "base", "expert", "gui_enabled", "register_menu",
  "register_postdissector", "register_stat_cmd_arg", "retap_packets", "set_plugin_info", "set_preference",
}
