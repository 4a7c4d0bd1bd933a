# SPDX-License-Identifier: GPL-2.0-only
"""Reads `xdpq show -j`. Exits with 1, and says why, if a port's counters don't add up, or
it still holds packets.

What came in or was duplicated has been sent, dropped for a reason, is queued, or is
in the driver's hands: packets and bytes.
"""
import json
import sys


def wrong(port):
    c = port["counters"]
    if c["qlen"] or c["in_driver"]["packets"]:
        yield f"{port['ifname']}: is not at rest"
    for unit, sent, queued in (("packets", "packets", "qlen"), ("bytes", "bytes", "backlog")):
        came = c["received"][unit] + c["duplicated"][unit]
        dropped = sum(reason[unit] for reason in port["drops"].values())
        went = c[sent] + dropped + c[queued] + c["in_driver"][unit]
        if came != went:
            yield (f"{port['ifname']}: {unit}: {came} came in, {went} are accounted for: "
                   f"{c[sent]} sent, {dropped} dropped, {c[queued]} queued, "
                   f"{c['in_driver'][unit]} in the driver")
    if c["drops"] != sum(reason["packets"] for reason in port["drops"].values()):
        yield f"{port['ifname']}: drops: {c['drops']} is not the sum of the reasons"


errors = [text for port in json.load(sys.stdin)["ports"] for text in wrong(port)]
sys.exit("\n".join(errors) or 0)
