"""Adds up flows in columns to what a ledger has: what there is to do goes by addresses, not by flows."""

from __future__ import annotations

import numpy as np

from dovetool.capture.batch import Column
from dovetool.learning.flows import ANY, GROUP, MANY, FlowReader, Flows
from dovetool.learning.ledger import Guest, Ledger
from dovetool.learning.rows import Rows, Spans, Tally
from dovetool.learning.seen import Claim

MOST_NEW = 9
"""Things that are kept account of, and of which a flow may show new ones."""


class Account:
    """What flows show, by the numbers of what they show.

    What is of a TEP, a guest, a target has rows of its own: of all that is noted about it, one for each combination.
    """

    def __init__(self, reader: FlowReader) -> None:
        """Add up what the reader reads."""
        self._reader = reader
        self._teps, self._networks = Rows(1), Rows(1)
        self._sent, self._got, self._groups = Rows(3), Rows(3), Rows(2)  # outline, TEP, MAC; VNID, group
        self._guests, self._targets = Rows(3), Rows(3)  # VNID, MAC; without MAC, IP
        self._visits, self._spans = Rows(3), Spans()  # guest, TEP, whether it answers
        self._guest_ips, self._ttls, self._owned = Rows(2), Rows(2), Rows(1)  # guest, IP; of that, TTL; of that
        self._target_teps, self._target_ips = Rows(2), Rows(2)
        self._claims, self._to_all = Rows(3), Rows(1)  # VNID, MAC, IP; VNID
        self._turn = 0

    @property
    def kept(self) -> int:
        """How many addresses and networks it keeps account of, as a ledger counts them."""
        kinds = (self._teps, self._networks, self._groups, self._guests, self._targets, self._claims)
        return sum(map(len, (*kinds, self._guest_ips, self._target_ips)))

    @property
    def guests(self) -> int:
        """How many addresses sent."""
        return len(self._guests)

    def add(self, flows: Flows) -> None:
        """Add flows of a batch."""
        if not len(flows):
            return
        turns = self._turn + 2 * np.arange(len(flows))
        self._turn += 2 * len(flows)
        tally = Tally(flows.frames, flows.first_ns, flows.last_ns, turns)
        outlines = self._reader.outlines.values
        vnid = np.array([outline.vnid for outline in outlines], np.int64)[flows.outline]
        self._networks.count(self._networks.number(vnid), tally)
        self._of_teps(flows, vnid, tally)
        self._of_senders(flows, vnid, tally)
        self._of_targets(flows, vnid, tally)
        is_group = self._reader.are(GROUP, flows.value("inner_dst"))
        self._to_all.count(self._to_all.number(vnid[is_group]), tally.take(is_group))

    def _of_teps(self, flows: Flows, vnid: Column, tally: Tally) -> None:
        src, dst = flows.value("src"), flows.value("dst")
        to_many = self._reader.are(MANY, dst)
        to_one = ~to_many
        self._teps.number(np.concatenate([src, dst[to_one]]))
        self._sent.count(self._sent.number(flows.outline, src, flows.value("src_mac")), tally)
        got = self._got.number(flows.outline[to_one], dst[to_one], flows.value("dst_mac")[to_one])
        self._got.count(got, tally._replace(turn=tally.turn + 1).take(to_one))
        self._groups.count(self._groups.number(vnid[to_many], dst[to_many]), tally.take(to_many))

    def _of_senders(self, flows: Flows, vnid: Column, tally: Tally) -> None:
        mac, ip, src = flows.value("inner_src"), flows.value("src_ip"), flows.value("src")
        at = np.flatnonzero(mac | ip)
        mac, ip, tally = mac[at], ip[at], tally.take(at)
        guest = self._guests.number(vnid[at], mac, np.where(mac > 0, 0, ip))
        is_answer = np.array([outline.is_answer for outline in self._reader.outlines.values], np.int64)
        visit = self._visits.number(guest, src[at], is_answer[flows.outline[at]])
        self._visits.count(visit, tally)
        self._spans.add(visit, tally)
        claim_mac, claim_ip = flows.value("claim_mac")[at], flows.value("claim_ip")[at]
        is_told = self._reader.are(ANY, claim_ip)
        told = np.flatnonzero(is_told & (claim_mac == mac))
        sends = np.flatnonzero(self._reader.are(ANY, ip) & ~self._reader.are(MANY, ip))
        rows = np.concatenate([sends, told])
        order = np.lexsort((np.repeat((0, 1), (len(sends), len(told))), rows))
        ips = np.concatenate([ip[sends], claim_ip[told]])
        known = np.empty(len(rows), np.int64)
        known[order] = self._guest_ips.number(guest[rows][order], ips[order])
        of_sends, of_told = known[: len(sends)], known[len(sends) :]
        self._ttls.count(self._ttls.number(of_sends, flows.value("ttl")[at][sends]), tally.take(sends))
        self._owned.count(self._owned.number(of_told), tally.take(told))

    def _of_targets(self, flows: Flows, vnid: Column, tally: Tally) -> None:
        mac, ip, dst = flows.value("inner_dst"), flows.value("dst_ip"), flows.value("dst")
        are = self._reader.are
        at = np.flatnonzero(((mac | ip) > 0) & ~are(MANY, dst) & ~are(GROUP, mac))
        target = self._targets.number(vnid[at], mac[at], np.where(mac[at] > 0, 0, ip[at]))
        self._target_teps.count(self._target_teps.number(target, dst[at]), tally.take(at))
        has_ip = (ip[at] > 0) & ~are(MANY, ip[at])
        ips = self._target_ips.number(target[has_ip], ip[at][has_ip])
        self._target_ips.count(ips, tally.take(at[has_ip]))
        told = np.flatnonzero(are(ANY, flows.value("claim_ip")))
        claims = vnid[told], flows.value("claim_mac")[told], flows.value("claim_ip")[told]
        self._claims.count(self._claims.number(*claims), tally.take(told))

    def into(self, ledger: Ledger) -> None:
        """Put it into an empty ledger."""
        octets = self._reader.octets
        for (vnid,), (frames, first_ns, last_ns, _) in self._networks.told():
            ledger.networks[vnid].add(frames, first_ns, last_ns)
            ledger.carried += frames
        self._put_teps(ledger)
        guests = [(vnid, octets[mac], octets[ip]) for vnid, mac, ip in self._guests.combinations()]
        self._put_guests(ledger, guests)
        self._put_targets(ledger)
        for (vnid, mac, ip), (frames, *_) in self._claims.told():
            ledger.claims[vnid, Claim(octets[mac], octets[ip])] = frames
        for (vnid,), (frames, *_) in self._to_all.told():
            ledger.to_all[vnid] = frames
        ledger.addresses = len(self._guest_ips) + len(self._target_ips)

    def _put_teps(self, ledger: Ledger) -> None:
        octets, outlines = self._reader.octets, self._reader.outlines.values
        noted = [
            (turn, outline, tep, mac, (frames, first_ns, last_ns))
            for rows in (self._sent, self._got)
            for (outline, tep, mac), (frames, first_ns, last_ns, turn) in rows.told()
        ]
        for turn, outline, tep, mac, times in sorted(noted):
            facts, (encap, port, vnid, _) = ledger.teps[octets[tep]], outlines[outline]
            facts.encaps[encap] += times[0]
            facts.vnids[vnid] += times[0]
            is_got = turn % 2
            (facts.got if is_got else facts.sent).add(*times)
            if mac:
                (facts.dst_macs if is_got else facts.src_macs)[octets[mac]] += times[0]
            if is_got and port:
                facts.ports[encap, port] += times[0]
        for (vnid, group), (frames, *_) in self._groups.told():
            ledger.groups[vnid, octets[group]] = frames

    def _put_guests(self, ledger: Ledger, guests: list[Guest]) -> None:
        octets, visits = self._reader.octets, self._visits.combinations()
        for (guest, tep, is_answer), times in self._visits.told():
            facts = ledger.guests[guests[guest]]
            facts.sent.add(*times[:3])
            (facts.answers if is_answer else facts.teps)[octets[tep]]  # the order is that in which they were met
        for row, frames, first_ns, last_ns in self._spans.told():
            guest, tep, is_answer = visits[row]
            facts = ledger.guests[guests[guest]]
            (facts.answers if is_answer else facts.teps)[octets[tep]].add(frames, first_ns, last_ns)
        ips = [ledger.guests[guests[guest]].ips[octets[ip]] for guest, ip in self._guest_ips.combinations()]
        for (row, ttl), times in self._ttls.told():
            ips[row].span.add(*times[:3])
            ips[row].ttls[octets[ttl][0] if ttl else 0] += times[0]
        for (row,), (claims, *_) in self._owned.told():
            ips[row].claims += claims

    def _put_targets(self, ledger: Ledger) -> None:
        octets = self._reader.octets
        targets = [ledger.targets[vnid, octets[mac], octets[ip]] for vnid, mac, ip in self._targets.combinations()]
        for (row, tep), times in self._target_teps.told():
            targets[row].add(octets[tep], *times[:2])
        for (row, ip), (frames, *_) in self._target_ips.told():
            targets[row].ips[octets[ip]] = frames
