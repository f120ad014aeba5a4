"""Where VMs and ports are, of single frames: who only gets frames, who is sent to first, and copies of frames."""

from __future__ import annotations

from dovetool.learning.conclusions import conclude
from dovetool.learning.learnt import learnt
from dovetool.learning.ledger import Ledger
from dovetool.learning.seen import Seen
from dovetool.map_sources.statements import NetworkStatement, PortStatement, VmStatement

X, Y, Z = (bytes([192, 0, 2, number]) for number in (1, 2, 3))
A, B = (bytes([2, 0, 0, 0, 0, number]) for number in (10, 11))
SECOND = 1_000_000_000


def frame(ledger: Ledger, src: bytes, dst: bytes, sender: bytes, target: bytes, at_ns: int) -> None:
    ledger.note(Seen(src, dst, b"", b"", "vxlan", 4789, 100, sender, target), 1, at_ns, at_ns)


def stays(ledger: Ledger, mac: bytes) -> dict[str | bytes, tuple[int | None, int | None]]:
    said = [each for each in conclude(ledger, "in") if isinstance(each, VmStatement) and each.mac == mac]
    return {each.place.tep: (each.from_ns, each.until_ns) for each in said}


def moving(first_to_new_ns: int, *, flooded: bool = False) -> Ledger:
    """A is at X, and at Z from the tenth second on; B, at Y, sends to it there at a time."""
    ledger = Ledger()
    for second in (1, 2, 3, 9):
        frame(ledger, X, Y, A, B, second * SECOND)
        frame(ledger, Y, X, B, A, second * SECOND + 1)
    frame(ledger, Y, Z, B, A, first_to_new_ns)
    if flooded:
        frame(ledger, Y, bytes([192, 0, 2, 4]), B, A, first_to_new_ns)
    for second in (10, 11, 12, 19):
        frame(ledger, Z, Y, A, B, second * SECOND)
    return ledger


def test_a_vm_is_at_its_new_place_when_frames_go_there() -> None:
    assert stays(moving(10 * SECOND - 5), A) == {X: (None, 10 * SECOND - 5), Z: (10 * SECOND - 5, None)}


def test_it_may_still_send_from_the_old_one_then() -> None:
    at = 9 * SECOND - 5
    assert stays(moving(at), A) == {X: (None, 9 * SECOND + 1), Z: (at, None)}


def test_what_goes_everywhere_or_went_there_long_before_says_nothing() -> None:
    moved = {X: (None, 10 * SECOND), Z: (10 * SECOND, None)}
    assert stays(moving(10 * SECOND - 5, flooded=True), A) == moved
    assert stays(moving(2 * SECOND), A) == moved


def test_a_tep_that_only_gets_frames_of_a_network_has_a_port_in_it() -> None:
    ledger = Ledger()
    frame(ledger, X, Y, A, b"\xff" * 6, SECOND)
    ports = {(each.place.tep, each.vnid) for each in conclude(ledger, "in") if isinstance(each, PortStatement)}
    assert ports == {(X, 100), (Y, 100)}


def test_copies_of_both_directions_are_a_mirror_session_without_vms() -> None:
    ledger = Ledger()
    frame(ledger, X, Y, A, B, SECOND)
    frame(ledger, X, Y, B, A, SECOND)
    statements = conclude(ledger, "in")
    (network,) = (each for each in statements if isinstance(each, NetworkStatement))
    assert "mirror session" in network.guessed
    assert not [each for each in statements if isinstance(each, VmStatement)]


def test_there_is_an_end_to_what_is_kept() -> None:
    ledger = Ledger(most=50)
    for number in range(1000):
        sender, ip = bytes([2, 0, 0, 1, *divmod(number, 256)]), bytes([10, 0, *divmod(number, 256)])
        ledger.note(Seen(X, Y, b"", b"", "vxlan", 4789, 100, sender, B, ip, ip, 64), 1, number, number)
        ledger.note(Seen(X, Y, b"", b"", "vxlan", 4789, 100, A, B, src_ip=ip, ttl=64), 1, number, number)
    assert 0 < len(ledger.guests) + ledger.addresses < 60
    assert ledger.carried + ledger.beyond == 2000
    frame(ledger, X, Y, A, B, SECOND)
    assert ledger.carried + ledger.beyond == 2001
    told, _ = learnt(ledger, "in")
    assert any(line.startswith(f"{ledger.beyond:,} frames with more addresses") for line in told.left_out)


def test_what_goes_one_way_alone_is_no_copy_where_nobody_is_sent_to_who_sends() -> None:
    ledger = Ledger()
    frame(ledger, X, Y, A, B, SECOND)
    assert stays(ledger, A) == {X: (None, None)}
    assert stays(ledger, B) == {Y: (None, None)}
