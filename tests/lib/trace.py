# SPDX-License-Identifier: GPL-2.0-only
"""trace.py XDPQ FILE: runs a text trace through the scheduler it names, checks what it expects.

The trace says in comments how it is run and what has to come of it; packets are named FLOW.N, the
Nth of a flow:

    # sim: sched fifo limit 2 rate 1mbit burst 125
    0    a 125   # expect departs 0; free text behind the semicolon
    1ms  b 125   # expect drop overlimit
    # expect a.1 departs 0, no ce
    # expect order a.1 a.2
    # expect sent 2, dropped 1, jain 1, flows 2
    # expect each sent 1
    # expect a sent 2
    # expect counter marked 3

A fate is: departs TIME | drop REASON [at TIME] | ce | no ce | copy departs TIME | no copy.
Whatever is expected, packets are conserved and time does not go back.
"""
import json
import re
import subprocess
import sys
from fractions import Fraction

UNITS = {"ns": 1, "us": 1000, "ms": 10**6, "s": 10**9}
WORDS = re.compile(r"#\s*(sim:|expect)\s+(.*)")


def nanoseconds(text):
    number, unit = re.fullmatch(r"([0-9.]+)([a-z]*)", text).groups()
    return Fraction(number) * UNITS[unit or "ns"]


class Run:
    """What one run of the trace has printed."""

    def __init__(self, xdpq, words, file):
        self.lines = []
        done = subprocess.run([xdpq, "-j", "sim", *words, file], capture_output=True, text=True,
                              check=False)
        if done.returncode:
            sys.exit(f"{file}: status {done.returncode}: {done.stderr}")
        for line in done.stdout.splitlines():
            self.lines.append(json.loads(line))
        self.summary = self.lines.pop()["summary"]
        self.names, self.ends, self.copies = {}, {}, {}
        for line in sorted(self.lines, key=lambda line: line["packet"]):
            if line["duplicate"]:
                self.copies[line["packet"]] = line
                continue
            count = self.names.setdefault(line["flow"], [])
            count.append(line["packet"])
            self.ends[line["packet"]] = line
        self.by_order = [line for line in self.lines if line["order"] is not None]

    def name(self, line):
        copy = "'" if line["duplicate"] else ""
        return f"{line['flow']}.{self.names[line['flow']].index(line['packet']) + 1}{copy}"

    def packet(self, name):
        flow, _, number = name.rpartition(".")
        if not number.isdigit() or not 0 < int(number) <= len(self.names.get(flow, [])):
            sys.exit(f"{name}: no packet of the trace")
        return self.names[flow][int(number) - 1]


def check_conservation(run, complain):
    total, drops = run.summary, [line for line in run.lines if line["drop"]]
    packets = total["received"]["packets"]
    if sorted(run.ends) != list(range(1, packets + 1)):
        complain(f"{packets} packets came, {len(run.ends)} have an end")
    if [line["order"] for line in run.by_order] != list(range(1, len(run.by_order) + 1)):
        complain("the order is not 1, 2, 3 ...")
    if len(run.copies) != total["duplicated"]["packets"]:
        complain("not every copy has an end")
    if total["sent"]["packets"] != len(run.by_order) or total["dropped"]["packets"] != len(drops):
        complain("the summary is not the sum of the lines")
    last = 0
    for line in run.by_order:
        if line["departed_ns"] < max(last, line["arrived_ns"]):
            complain(f"{run.name(line)} departs before its time")
        last = line["departed_ns"]
    for reason, count in total["drops"].items():
        if count["packets"] != sum(line["drop"] == reason for line in drops):
            complain(f"drops as {reason} are not those of the summary")


def fate_of(line):
    if line is None:
        return "is not there"
    if line["drop"]:
        return f"drop {line['drop']} at {line['dropped_ns']}ns"
    return f"departs {line['departed_ns']}ns{', ce' if line['marked'] else ''}"


def fate_is(run, packet, words):
    line = run.ends.get(packet)
    if words[0] == "copy":
        line, words = run.copies.get(packet), words[1:]
    match words:
        case ["departs", time]:
            return line and line["departed_ns"] == nanoseconds(time)
        case ["drop", reason]:
            return line and line["drop"] == reason
        case ["drop", reason, "at", time]:
            return line and line["drop"] == reason and line["dropped_ns"] == nanoseconds(time)
        case ["ce"]:
            return line and line["marked"]
        case ["no", "ce"]:
            return line and not line["marked"]
        case ["no", "copy"]:
            return packet not in run.copies
    sys.exit(f"what is expected of a packet: {' '.join(words)}")


def sum_is(run, words):
    """Expectations of the whole: (expected, found), or None if the words are of another kind."""
    total = run.summary
    match words:
        case ["order", *names]:
            return names, [run.name(line) for line in run.by_order]
        case ["sent" | "dropped" as key, count]:
            return int(count), total[key]["packets"]
        case ["marked", count]:
            return int(count), total["marked"]
        case ["flows", count]:
            return int(count), len(total["flows"])
        case ["jain", value]:
            return float(value), round(total["jain"], 3)
        case ["counter", key, count]:
            return int(count), total["scheduler"][key]
        case ["each", "sent", count]:
            return {int(count)}, {flow["sent"]["packets"] for flow in total["flows"]}
        case [flow, "sent" | "dropped" as key, count] if flow in run.names:
            found = [f for f in total["flows"] if f["flow"] == flow]
            return int(count), found[0][key]["packets"]
    return None


def check(run, packet, words, complain):
    pair = None if packet else sum_is(run, words)
    if pair:
        if pair[0] != pair[1]:
            complain(f"{' '.join(words)}: found {pair[1]}")
        return
    if not packet:
        packet, words = run.packet(words[0]), words[1:]
    if not fate_is(run, packet, words):
        found = fate_of(run.ends.get(packet))
        if packet in run.copies:
            found += f"; copy {fate_of(run.copies[packet])}"
        complain(f"{' '.join(words)}: {run.name(run.ends[packet])} {found}")


def read(file):
    """The words to run it with; (line, packet or None, words) of each expectation."""
    words, expected, packet = None, [], 0
    for number, line in enumerate(file, 1):
        text = line.split("#")[0].split()
        packet += bool(text)
        if text and text[1] == "repeat":
            packet += int(text[2]) - 1
        found = WORDS.search(line)
        if found and found[1] == "sim:":
            words = found[2].split()
        elif found:
            for part in found[2].split(";")[0].split(","):
                expected.append((number, packet if text else None, part.split()))
    return words, expected


def main(xdpq, path):
    complaints = []
    with open(path, encoding="utf-8") as file:
        words, expected = read(file)
    if not words or not expected:
        sys.exit(f"{path}: does not say how to run it, or expects nothing")
    run = Run(xdpq, words, path)
    check_conservation(run, lambda text: complaints.append(f"{path}: {text}"))
    for number, packet, what in expected:
        check(run, packet, what,
              lambda text, number=number: complaints.append(f"{path}:{number}: expect {text}"))
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)


main(*sys.argv[1:])
