-- DOVE tags and overlay networks in Wireshark and tshark, 4.0 to 4.6 (Lua 5.2 to 5.4).
--
--   dove      dissector of the 44-bit virtual networking tag (US 9,602,307 B2, FIG. 8 and FIG. 9):
--             | TPID 16 | PCP 3 | DEI 1 | VNID 24 | pad 4 | original EtherType or length ...
--   overlay   post-dissector: the networks that a frame is in, whatever carries them, outermost first
--
-- Names of networks are read from a file of lines `VNID<TAB>name`, where a network that some bits of the VNID tell has
-- them as `VALUE/0xMASK`, and one that all other VNIDs belong to has `any`: the preference dove.names_file, else the
-- argument `-X lua_script1:names=PATH`, else dovetool_vnids.txt in the personal configuration folder.
--
-- To use it without dovetool: put this file into the folder of personal Lua plugins (Help, About Wireshark, Folders).
-- It has fields dove.vnid, dove.pcp, dove.dei and dove.pad of the tag, and overlay.vnid, overlay.encap and
-- overlay.network of every overlay. dovetool's `samples/demo/taps/2-tagged.pcapng` shows them.
--
-- SPDX-License-Identifier: Apache-2.0

local VERSION = "1.1.0"
local TPID, MAX_VNID = 0x88B5, 0xFFFFFF
local TAG_LEN = 6 -- octets behind the TPID: PCP to pad, and the original EtherType or length
local MAX_LENGTH = 1500 -- up to here it is the length of an 802.3 frame (IEEE 802.3-2022 clause 3.2.6)
local MAX_TAGS = 8
local NAMES_FILE = "dovetool_vnids.txt"
local NAMES_FILE_LIMIT = 64 * 1024 * 1024
local MAX_LINE = 512

-- A second copy of this file, as one that is installed and one of `-X lua_script`, leaves the place to the first.
local is_first, dove = pcall(Proto, "dove", "Distributed Overlay Virtual Ethernet Tag")
if not is_first then
  return
end
local overlay = Proto("overlay", "Overlay Networks")

set_plugin_info({
  version = VERSION,
  author = "dovetool",
  description = "DOVE tags, and one filter for the virtual network of every overlay",
})

local arguments = { ... }

---------------------------------------------------------------------------------------------------- preferences

dove.prefs.tpids = Pref.range("TPIDs", string.format("0x%04x", TPID), "EtherTypes that mark the tag", 0xFFFF)
dove.prefs.vnid_in_info =
  Pref.bool("VNID in the Info column", true, "Put the VNID in front of the inner protocol's text")
dove.prefs.names_file = Pref.string(
  "Names file",
  "",
  "Absolute path of a file of lines VNID<TAB>name; empty: " .. NAMES_FILE .. " in the personal configuration folder"
)
dove.prefs.overlay = Pref.bool(
  "Overlay fields",
  true,
  "Find the overlays of every encapsulation; switching it on takes effect when Lua plugins are loaded again"
)

-- Copies of the two that are looked at for every frame: a preference itself is slow to read.
local has_vnid_in_info, has_overlay = true, true

---------------------------------------------------------------------------------------------------- names

local names -- VNID -> name, false where it has none; nil until it is needed
local masked_names = {} -- {value, mask, name}, of which the first that fits a VNID names it
local shown = {} -- VNID -> the text it is shown by

local UTF8 = { -- the valid characters (RFC 3629 section 4)
  "^[^\128-\255]",
  "^[\194-\223][\128-\191]",
  "^\224[\160-\191][\128-\191]",
  "^[\225-\236\238\239][\128-\191][\128-\191]",
  "^\237[\128-\159][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]",
  "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]",
}

local function character_at(text, at)
  -- The character that begins there; nil for an octet that begins none.
  for _, pattern in ipairs(UTF8) do
    local character = text:match(pattern, at)
    if character then
      return character
    end
  end
  return nil
end

local function is_control(character)
  -- C0, DEL, C1, line separators, and what turns the direction of writing (U+200E, U+202A, U+2066 and their like).
  return character:find("^%c")
    or character:find("^\194[\128-\159]")
    or character:find("^\226\128[\142\143\168-\174]")
    or character:find("^\226\129[\166-\169]")
    or character == "\216\156"
end

local function clean(name)
  -- The name with U+FFFD for whatever is not to be shown.
  if not name:find("[%c\128-\255]") then
    return name
  end
  local parts, at = {}, 1
  while at <= #name do
    local character = character_at(name, at)
    parts[#parts + 1] = character and not is_control(character) and character or "\239\191\189"
    at = at + (character and #character or 1)
  end
  return table.concat(parts)
end

local function parse_vnids(text)
  -- The value and the mask that a line of names begins with; nil for anything else.
  if text == "any" then
    return 0, 0
  end
  local digits, hex = text:match("^(%d+)/0x(%x+)$")
  digits, hex = digits or text:match("^%d+$"), hex or "ffffff"
  if digits and #digits <= 8 and #hex <= 6 and tonumber(digits, 10) <= MAX_VNID then
    return tonumber(digits, 10), tonumber(hex, 16)
  end
  return nil
end

local function parse_names(text)
  local found, masked = {}, {}
  for line in text:gmatch("[^\n]+") do
    local vnids, name = line:match("^([^\t]+)\t(.-)\r?$")
    local value, mask
    if vnids and #line <= MAX_LINE and name:find("%S") then
      value, mask = parse_vnids(vnids)
    end
    if mask == MAX_VNID then
      found[value] = clean(name)
    elseif mask then
      masked[#masked + 1] = { value, mask, clean(name) }
    end
  end
  return found, masked
end

local function bits_of(number, mask)
  -- Both numbers and-ed; Lua 5.2 has no operator for that.
  local bits, bit = 0, 1
  while mask > 0 do
    if mask % 2 == 1 then
      bits = bits + number % 2 * bit
    end
    number, mask, bit = math.floor(number / 2), math.floor(mask / 2), bit * 2
  end
  return bits
end

local function masked_name(vnid)
  for _, one in ipairs(masked_names) do
    if bits_of(vnid, one[2]) == one[1] then
      return one[3]
    end
  end
  return false
end

local function names_path()
  if dove.prefs.names_file ~= "" then
    return dove.prefs.names_file
  end
  for _, argument in ipairs(arguments) do
    local path = tostring(argument):match("^names=(.+)$")
    if path then
      return path
    end
  end
  return Dir.personal_config_path(NAMES_FILE)
end

local function name_of(vnid)
  if not names then
    names = {}
    local file = io.open(names_path(), "rb")
    if file then
      names, masked_names = parse_names(file:read(NAMES_FILE_LIMIT) or "") -- nil: empty, or a folder
      file:close()
    end
  end
  if names[vnid] == nil then
    names[vnid] = masked_name(vnid)
  end
  return names[vnid] or nil
end

local function with_name(vnid)
  local text = shown[vnid]
  if not text then
    local name = name_of(vnid)
    text = name and string.format("%d (%s)", vnid, name) or string.format("%d", vnid)
    shown[vnid] = text
  end
  return text
end

local function forget_names()
  -- The file may be another one, or have changed.
  names, masked_names, shown = nil, {}, {}
end

---------------------------------------------------------------------------------------------------- the tag

local ETHERTYPES = {
  [0x0800] = "IPv4",
  [0x0806] = "ARP",
  [0x8100] = "802.1Q",
  [0x86DD] = "IPv6",
  [0x88A8] = "802.1ad",
  [0x88B5] = "DOVE",
  [0x88CC] = "LLDP",
  [0x88E7] = "802.1ah",
}

local F = {
  tpid = ProtoField.uint16("dove.tpid", "TPID", base.HEX),
  pcp = ProtoField.uint32("dove.pcp", "PCP", base.DEC, nil, 0xE0000000, "Priority code point"),
  dei = ProtoField.uint32("dove.dei", "DEI", base.DEC, nil, 0x10000000, "Drop eligible indicator"),
  vnid = ProtoField.uint32("dove.vnid", "VNID", base.DEC, nil, 0x0FFFFFF0, "Virtual network identifier"),
  pad = ProtoField.uint32("dove.pad", "Pad", base.HEX, nil, 0x0000000F, "To be zero"),
  etype = ProtoField.uint16("dove.etype", "Type", base.HEX, ETHERTYPES),
  len = ProtoField.uint16("dove.len", "Length", base.DEC),
  name = ProtoField.string("dove.vnid_name", "Network"),
  trailing = ProtoField.bytes("dove.trailing", "Trailing octets"),
}
dove.fields = { F.tpid, F.pcp, F.dei, F.vnid, F.pad, F.etype, F.len, F.name, F.trailing }

local function expert_info(name, text, group, severity)
  return ProtoExpert.new("dove.expert." .. name, text, group, severity)
end

local X = {
  pad = expert_info("pad", "Pad bits are set", expert.group.PROTOCOL, expert.severity.WARN),
  vnid_zero = expert_info("vnid_zero", "VNID 0 is no network", expert.group.PROTOCOL, expert.severity.NOTE),
  short = expert_info("short", "The frame ends inside the tag", expert.group.MALFORMED, expert.severity.ERROR),
  cut = expert_info("cut", "Cut by the snap length", expert.group.UNDECODED, expert.severity.NOTE),
  length = expert_info("length", "The length is beyond the frame", expert.group.MALFORMED, expert.severity.ERROR),
  depth = expert_info("depth", "Too many tags in a frame", expert.group.UNDECODED, expert.severity.WARN),
  inner = expert_info("inner", "The inner dissector failed", expert.group.MALFORMED, expert.severity.ERROR),
}
dove.experts = { X.pad, X.vnid_zero, X.short, X.cut, X.length, X.depth, X.inner }

local ethertypes = DissectorTable.get("ethertype")
local llc, ipx, data = Dissector.get("llc"), Dissector.get("ipx"), Dissector.get("data")
-- Methods that every tagged frame needs; to look one up for each call costs more than the call.
local is_referenced, try, tvb_len = TreeItem.referenced, DissectorTable.try, Tvb.len
local uint, range_tvb = TvbRange.uint, TvbRange.tvb
local tag_dissector -- our own, as Wireshark knows it
local is_known = {} -- EtherType -> whether it has a dissector
local depth = 0 -- tags that are being dissected, one inside the other
local cut_off = 0 -- octets that capturing cut off the frame that is being dissected
local missing = 0 -- the same of the frame around; what is inside a tag does not know of them

local function reported_len(tvb)
  -- Octets on the wire.
  return tvb:reported_len() + missing
end

local function add_wanted(tree, subtree, field, ...)
  -- Adding a field that nobody looks at costs more than asking; returns where an expert info on it belongs.
  if is_referenced(tree, field) then
    return subtree:add(field, ...)
  end
  return subtree
end

local function call_inner(subtree, inner, ...)
  -- An error inside must neither end this dissector nor leave `depth` too high. Of a malformed packet Wireshark has
  -- put its own word into the tree.
  local missing_around = missing
  depth, missing = depth + 1, cut_off
  local is_good, message = pcall(inner, ...)
  depth, missing = depth - 1, missing_around
  if not is_good and not tostring(message):find("Malformed", 1, true) then
    subtree:add_proto_expert_info(X.inner, "The inner dissector failed: " .. tostring(message))
  end
end

local function dissect_length(tvb, pinfo, tree, subtree, length)
  -- An 802.3 frame: as many octets of LLC (or of Novell's raw IPX), and whatever is behind them.
  local left, room = tvb:len() - TAG_LEN, reported_len(tvb) - TAG_LEN
  local size = math.min(length, left)
  local item = subtree:add(F.len, tvb(4, 2))
  if length > room then
    item:add_proto_expert_info(X.length, string.format("Length is %d, and the frame has %d octets", length, room))
  end
  if left > size then
    subtree:add(F.trailing, tvb(TAG_LEN + size))
  end
  if size > 0 then
    local is_raw = size >= 2 and tvb(TAG_LEN, 2):uint() == 0xFFFF
    local dissector = is_raw and ipx or llc
    call_inner(subtree, dissector.call, dissector, tvb(TAG_LEN, size):tvb(), pinfo, tree)
  end
end

local function has_dissector(ethertype)
  if is_known[ethertype] == nil then
    is_known[ethertype] = ethertypes:get_dissector(ethertype) ~= nil
  end
  return is_known[ethertype]
end

local function dissect_ethertype(tvb, pinfo, tree, subtree, ethertype)
  if subtree then
    add_wanted(tree, subtree, F.etype, tvb(4, 2))
  end
  local inner = tvb_len(tvb) > TAG_LEN and range_tvb(tvb(TAG_LEN))
  if not has_dissector(ethertype) then
    pinfo.cols.protocol:set(string.format("0x%04x", ethertype))
    pinfo.cols.info:set(string.format("EtherType 0x%04x", ethertype))
    if inner then
      call_inner(subtree or tree, data.call, data, inner, pinfo, tree)
    end
  elseif inner then
    call_inner(subtree or tree, try, ethertypes, ethertype, inner, pinfo, tree)
  end
end

local function add_tag(tvb, pinfo, tree, word, vnid)
  -- The tag's own tree.
  local range, pcp, dei = tvb(0, 4), math.floor(word / 2 ^ 29), math.floor(word / 2 ^ 28) % 2
  local subtree = tree:add(dove, tvb(0, math.min(tvb:len(), TAG_LEN)))
  if tree.visible then
    subtree:set_text(string.format("DOVE Tag, PCP: %d, DEI: %d, VNID: %s", pcp, dei, with_name(vnid)))
  end
  if is_referenced(tree, F.tpid) then
    subtree:add(F.tpid, pinfo.match_uint):set_generated()
  end
  add_wanted(tree, subtree, F.pcp, range)
  add_wanted(tree, subtree, F.dei, range)
  local item = add_wanted(tree, subtree, F.vnid, range)
  if vnid == 0 then
    item:add_proto_expert_info(X.vnid_zero)
  end
  local name = is_referenced(tree, F.name) and name_of(vnid)
  if name then
    subtree:add(F.name, range, name):set_generated()
  end
  item = add_wanted(tree, subtree, F.pad, range)
  if word % 16 ~= 0 then
    item:add_proto_expert_info(X.pad)
  end
  return subtree
end

local function tell_cut(tvb, subtree)
  -- Which end was met: that of the frame, or that of what was captured of it.
  local captured, whole = tvb:len(), reported_len(tvb)
  if whole < TAG_LEN then
    subtree:add_proto_expert_info(X.short)
  elseif captured < whole then
    local format = "Cut by the snap length: %d octets are missing, and what is inside may look malformed"
    subtree:add_proto_expert_info(X.cut, string.format(format, whole - captured))
  end
end

local function is_tree_wanted(tvb, tree, word, ethertype)
  -- A tree costs more than all the rest. Without one nothing is lost when nobody looks at it, and there is nothing to
  -- warn of in what is left out then.
  tag_dissector = tag_dissector or Dissector.get("dove")
  local vnid = math.floor(word / 16) % 2 ^ 24
  return is_referenced(tree, tag_dissector)
    or depth >= MAX_TAGS
    or vnid == 0
    or word % 16 ~= 0
    or not ethertype
    or ethertype <= MAX_LENGTH
    or tvb_len(tvb) < reported_len(tvb)
end

local function dissect_inside(tvb, pinfo, tree, subtree, ethertype)
  -- What follows the tag; `subtree` is nil where nobody looks at the tag (see is_tree_wanted).
  if depth >= MAX_TAGS then
    subtree:add_proto_expert_info(X.depth, string.format("More than %d tags in a frame: not looked into", MAX_TAGS))
    if tvb:len() > TAG_LEN then
      call_inner(subtree, data.call, data, tvb(TAG_LEN):tvb(), pinfo, tree)
    end
  elseif ethertype <= MAX_LENGTH then
    dissect_length(tvb, pinfo, tree, subtree, ethertype)
  else
    dissect_ethertype(tvb, pinfo, tree, subtree, ethertype)
  end
end

local function dissect_stump(tvb, pinfo, tree)
  -- A frame that ends before the VNID does.
  local subtree = tree:add(dove, tvb(), "DOVE Tag, cut")
  subtree:add(F.tpid, pinfo.match_uint):set_generated()
  tell_cut(tvb, subtree)
  return math.max(tvb:len(), 1) -- 0 would mean that it is somebody else's
end

function dove.dissector(tvb, pinfo, tree)
  local captured = tvb_len(tvb)
  if captured < 4 then
    return dissect_stump(tvb, pinfo, tree)
  end
  local word = uint(tvb(0, 4))
  local ethertype = captured >= TAG_LEN and uint(tvb(4, 2))
  local vnid = math.floor(word / 16) % 2 ^ 24
  local subtree
  if is_tree_wanted(tvb, tree, word, ethertype) then
    subtree = add_tag(tvb, pinfo, tree, word, vnid)
    tell_cut(tvb, subtree)
  end
  if ethertype then
    cut_off = reported_len(tvb) - captured
    dissect_inside(tvb, pinfo, tree, subtree, ethertype)
  end
  if has_vnid_in_info then
    pinfo.cols.info:prepend("VNID " .. with_name(vnid) .. " | ")
  end
  return captured
end

---------------------------------------------------------------------------------------------------- every overlay

local O = {
  vnid = ProtoField.uint24("overlay.vnid", "VNID", base.DEC, nil, nil, "Identifier of the virtual network"),
  encap = ProtoField.string("overlay.encap", "Encapsulation"),
  network = ProtoField.string("overlay.network", "Network"),
  depth = ProtoField.uint32("overlay.depth", "Depth", base.DEC, nil, nil, "Number of overlay headers"),
  inner_vnid = ProtoField.uint24("overlay.inner_vnid", "Innermost VNID", base.DEC),
}
overlay.fields = { O.vnid, O.encap, O.network, O.depth, O.inner_vnid }

local TEB, ERSPAN_I_II, ERSPAN_III = 0x6558, 0x88BE, 0x22EB
local TZSP_RECEIVED, TZSP_SENT = 0x01000001, 0x01010001 -- version, type, and Ethernet as what is in it
local NSH_LAST = 5 -- next protocols 1 to 5 are packets and frames (RFC 8300 section 2.2)
local vxlan_next -- field extractor

local function number(source, offset, length)
  -- Octets of a packet as a number; nil behind its end.
  if offset + length <= source:len() then
    return source(offset, length):uint()
  end
  return nil
end

local function has_bit(value, bit)
  return value % (bit * 2) >= bit
end

local function gre_header(source, at)
  -- Flags, key and length of the GRE header at `at`; nil for one that is cut, routed (RFC 1701) or not of version 0.
  local flags = number(source, at, 2)
  if not flags or flags % 8 ~= 0 or has_bit(flags, 0x4000) or has_bit(flags, 0x0800) or has_bit(flags, 0x0400) then
    return nil
  end
  local length, key = 4, nil
  if has_bit(flags, 0x8000) then
    length = length + 4
  end
  if has_bit(flags, 0x2000) then
    key = number(source, at + length, 4)
    if not key then
      return nil
    end
    length = length + 4
  end
  if has_bit(flags, 0x1000) then
    length = length + 4
  end
  return flags, key, length
end

local function ethernet_over_gre(flags, key)
  -- NVGRE (RFC 7637 section 3.2) is a key and nothing else, of a VSID that is not reserved; all the rest is gretap.
  if flags == 0x2000 then
    local vsid = math.floor(key / 256)
    if vsid > 0xFFF then
      return "nvgre", vsid
    end
  end
  return "gretap", key and key <= MAX_VNID and key or nil
end

local function erspan(source, at, protocol, flags)
  -- Whether it is ERSPAN (draft-foschiano-erspan-03 section 4), and its session; type I has no header and no session.
  if protocol == ERSPAN_I_II and not has_bit(flags, 0x1000) then
    return "erspan", nil
  end
  local is_third = protocol == ERSPAN_III
  local first, second = number(source, at, 2), number(source, at + 2, 2)
  local whole = number(source, at + (is_third and 8 or 4), 4)
  if whole and math.floor(first / 0x1000) == (is_third and 2 or 1) then
    return "erspan", second % 0x400
  end
  return nil
end

local function add_layer(layers, field, encap, vnid)
  if encap then
    layers[#layers + 1] = { encap = encap, vnid = vnid, field = field, order = #layers }
  end
end

local function add_vxlan(layers, fields)
  local nexts = { vxlan_next() } -- VXLAN-GPE alone has it, just before the VNI
  local turn = 1
  for _, field in ipairs(fields) do
    local encap = "vxlan"
    if nexts[turn] and nexts[turn].offset == field.offset - 1 then
      encap, turn = "vxlan-gpe", turn + 1
    end
    local first = number(field.source, field.offset - 4, 1)
    local is_valid = first and has_bit(first, 0x08) -- the I flag (RFC 7348 section 5)
    add_layer(layers, field, encap, is_valid and field.value or nil)
  end
end

local function add_gre(layers, fields)
  for _, field in ipairs(fields) do
    local protocol, source, at = field.value, field.source, field.offset - 2
    local flags, key, length = gre_header(source, at)
    if flags and protocol == TEB then
      add_layer(layers, field, ethernet_over_gre(flags, key))
    elseif flags and (protocol == ERSPAN_I_II or protocol == ERSPAN_III) then
      add_layer(layers, field, erspan(source, at + length, protocol, flags))
    end
  end
end

local function add_nsh(layers, fields)
  for _, field in ipairs(fields) do
    local source, at = field.source, field.offset - 4
    local head, following = number(source, at, 2), number(source, at + 3, 1)
    local length = head % 0x40 * 4
    local is_valid = head < 0x4000 and length >= 8 and at + length <= source:len() -- the version is 0
    if is_valid and following > 0 and following <= NSH_LAST then
      add_layer(layers, field, "nsh")
    end
  end
end

local function add_tzsp(layers, fields)
  for _, field in ipairs(fields) do
    local head = number(field.source, field.offset - 1, 4)
    if head == TZSP_RECEIVED or head == TZSP_SENT then
      add_layer(layers, field, "tzsp")
    end
  end
end

local function add_stt(layers, fields)
  for _, field in ipairs(fields) do
    local context = field.value:tonumber()
    add_layer(layers, field, "stt", context <= MAX_VNID and context or nil)
  end
end

local function adder(encap)
  -- What adds layers whose field is the VNID.
  return function(layers, fields)
    for _, field in ipairs(fields) do
      add_layer(layers, field, encap, field.value)
    end
  end
end

local function adder_where(encap, is_one)
  -- What adds layers without a VNID, where the value of the field is right.
  return function(layers, fields)
    for _, field in ipairs(fields) do
      if is_one(field.value) then
        add_layer(layers, field, encap)
      end
    end
  end
end

local function is_etherip(version)
  return version == 3
end

local function is_data(session)
  return session ~= 0 -- else it is a control message (RFC 3931 section 3.2)
end

local FINDERS = { -- a field that every header of its kind has, and what adds the layers that it tells of
  { "dove.vnid", adder("dove") },
  { "geneve.vni", adder("geneve") },
  { "ieee8021ah.isid", adder("pbb") },
  { "vxlan.vni", add_vxlan },
  { "gre.proto", add_gre },
  { "stt.context_id", add_stt },
  { "nsh.spi", add_nsh },
  { "etherip.ver", adder_where("etherip", is_etherip) },
  { "l2tp.sid", adder_where("l2tpv3", is_data) },
  { "tzsp.type", add_tzsp },
}
local extractors = {} -- the fields of FINDERS, in its order

local function set_source_rank(layers, frame)
  -- Offsets begin again in a reassembled packet. The frame itself is outermost. A reassembled packet that holds
  -- the last piece of another one is shorter than that.
  for _, layer in ipairs(layers) do
    local source = layer.field.source
    local is_frame = source:len() == frame:len() and source():raw() == frame():raw()
    layer.rank = is_frame and 0 or source:len()
  end
end

local function is_outer(a, b)
  if a.rank ~= b.rank then
    return a.rank < b.rank
  elseif a.field.offset ~= b.field.offset then
    return a.field.offset < b.field.offset
  end
  return a.order < b.order
end

local function find_layers(frame)
  -- The overlay headers of a frame, outermost first; nil without one, as most frames are.
  local layers
  for index, extractor in ipairs(extractors) do
    if extractor() then
      layers = layers or {}
      FINDERS[index][2](layers, { extractor() })
    end
  end
  if layers and #layers > 1 then
    set_source_rank(layers, frame)
    table.sort(layers, is_outer)
  end
  return layers and layers[1] and layers
end

local function show_layers(layers, tree)
  local subtree = tree:add(overlay)
  local texts, inner = {}, nil
  subtree:add(O.depth, #layers):set_generated()
  for _, layer in ipairs(layers) do
    local range, text = layer.field.range, layer.encap
    subtree:add(O.encap, range, layer.encap):set_generated()
    if layer.vnid then
      inner, text = layer, text .. " " .. with_name(layer.vnid)
      subtree:add(O.vnid, range, layer.vnid):set_generated()
      if name_of(layer.vnid) then
        subtree:add(O.network, range, name_of(layer.vnid)):set_generated()
      end
    end
    texts[#texts + 1] = text
  end
  if inner then
    subtree:add(O.inner_vnid, inner.field.range, inner.vnid):set_generated()
  end
  subtree:set_text("Overlay, " .. table.concat(texts, ", "))
  subtree:set_generated()
end

local overlay_dissector -- our own, as Wireshark knows it
local counters = 0 -- how many statistics are open
local last_layers -- those of the frame dissected last, for the statistics

function overlay.dissector(tvb, _, tree)
  overlay_dissector = overlay_dissector or Dissector.get("overlay")
  local is_wanted = has_overlay and is_referenced(tree, overlay_dissector)
  if is_wanted or counters > 0 then
    last_layers = find_layers(tvb)
    if last_layers and is_wanted then
      show_layers(last_layers, tree)
    end
  end
end

local is_started = false

local function start_overlay()
  -- Fields that Lua asks for make Wireshark build a tree for every frame, so they are only asked for when they are
  -- wanted. That has to be before the first file is opened; later, Field.new fails.
  if not is_started then
    is_started = pcall(function()
      vxlan_next = Field.new("vxlan.next_proto")
      for index, finder in ipairs(FINDERS) do
        extractors[index] = Field.new(finder[1])
      end
      register_postdissector(overlay)
    end)
  end
end

---------------------------------------------------------------------------------------------------- statistics

local function count_layers(rows, octets)
  for _, layer in ipairs(last_layers or {}) do
    local key = string.format("%s\t%08d", layer.encap, layer.vnid or -1)
    local row = rows[key] or { encap = layer.encap, vnid = layer.vnid, frames = 0, octets = 0 }
    row.frames, row.octets = row.frames + 1, row.octets + octets
    rows[key] = row
  end
end

local function statistics_text(rows)
  local keys = {}
  for key in pairs(rows) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  local lines = { string.format("%-10s %8s %12s %16s  %s", "encap", "VNID", "frames", "octets", "network") }
  for _, key in ipairs(keys) do
    local row = rows[key]
    local vnid, name = row.vnid or "-", row.vnid and name_of(row.vnid) or ""
    local line = string.format("%-10s %8s %12d %16d  %s", row.encap, vnid, row.frames, row.octets, name)
    lines[#lines + 1] = (line:gsub("%s+$", ""))
  end
  return table.concat(lines, "\n")
end

local function new_counter()
  -- A tap that counts frames and octets of each encapsulation and VNID; a frame counts once for each of its layers.
  local rows, tap = {}, Listener.new("frame")
  counters = counters + 1
  function tap.packet(pinfo)
    count_layers(rows, pinfo.len)
  end
  function tap.reset()
    rows = {}
  end
  return tap, function()
    return statistics_text(rows)
  end
end

local NOT_STARTED = "Statistics of virtual networks need the preference dove.overlay when Wireshark starts."

local function print_statistics()
  if not is_started then
    print(NOT_STARTED)
    return
  end
  local tap, text = new_counter()
  function tap.draw()
    print("Frames and octets by virtual network (a frame counts for each overlay it is in)\n" .. text())
  end
end

local function show_statistics()
  local window = TextWindow.new("Virtual networks: frames and octets")
  if not is_started then
    window:set(NOT_STARTED)
    return
  end
  local tap, text = new_counter()
  function tap.draw()
    window:set(text())
  end
  window:set_atclose(function()
    tap:remove()
    counters = counters - 1
  end)
  retap_packets()
end

register_stat_cmd_arg("dove,vnid", print_statistics)
if gui_enabled() then
  register_menu("Virtual Networks (VNID)", show_statistics, MENU_TOOLS_UNSORTED)
end

---------------------------------------------------------------------------------------------------- start

local tpids

ethertypes:add_for_decode_as(dove)

local function use_tpids(range)
  if range == tpids then
    return
  end
  if tpids then
    pcall(ethertypes.remove, ethertypes, tpids, dove)
  end
  tpids = pcall(ethertypes.add, ethertypes, range, dove) and range or nil
end

function dove.prefs_changed()
  forget_names()
  use_tpids(dove.prefs.tpids)
  has_vnid_in_info, has_overlay = dove.prefs.vnid_in_info, dove.prefs.overlay
  if has_overlay then
    start_overlay()
  end
end

function dove.init()
  forget_names()
  is_known = {}
  depth, missing = 0, 0
end

-- Preferences are read after this file, and prefs_changed is not called when all of them have their defaults, unless
-- one looks as if it were changed.
set_preference("dove.vnid_in_info", false)
set_preference("dove.vnid_in_info", true)
