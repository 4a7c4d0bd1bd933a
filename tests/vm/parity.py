# SPDX-License-Identifier: GPL-2.0-only
"""The table of `make parity`: parity.py RECORDS, what parity-guest.sh has printed.

The first line of RECORDS is the kernel. Writes markdown: three lines for each pair, Linux,
xdpq, and in what xdpq is at least as good. Medians of the rounds. What differs by less
than the noise counts as equal: 2 % of a rate or a time, two standard deviations of a
count, 0.005 of Jain's index.
"""
import json
import re
import statistics
import sys

# Pair: title, Linux's and xdpq's way, and for netem what was asked for, to which the nearer one is better.
PAIRS = {
    "fq": ("4 TCP flows", "fq_codel under tbf", "fq", {}),
    "fq_ecn": ("4 TCP flows with ECN", "fq_codel under tbf", "fq", {}),
    "prio": ("UDP overload, ping with EF", "prio under tbf", "prio", {}),
    "tbf": ("1 TCP flow", "tbf", "tbf", {}),
    "tbf_udp": ("UDP overload", "tbf", "tbf", {}),
    "netem": ("ping", "netem delay 20ms 5ms loss 1%", "netem, the same",
              {"p50": 20.0, "p99": 24.9, "drops": 0.01}),
}

# Key: title, format, whether more is better, noise of the values a and b.
COLUMNS = {
    "rate": ("Mbit/s", "{:.2f}", True, lambda a, b: 0.02 * a),
    "p50": ("ping p50, ms", "{:.2f}", False, lambda a, b: 0.02 * a),
    "p99": ("ping p99, ms", "{:.2f}", False, lambda a, b: 0.02 * a),
    "drops": ("drops", "{:.0f}", False, lambda a, b: 2 * (a + b) ** 0.5),
    "marks": ("marks", "{:.0f}", False, lambda a, b: 2 * (a + b) ** 0.5),
    "jain": ("Jain", "{:.3f}", True, lambda a, b: 0.005),
}


def read_ping(text):
    times = sorted(float(t) for t in re.findall(r"time=([\d.]+) ms", text))
    if not times:
        return {}
    at = lambda q: times[min(len(times) - 1, int(q * len(times)))]
    return {"p50": at(0.5), "p99": at(0.99), "pings": int(re.search(r"(\d+) packets transmitted", text)[1])}


def document(text):
    """The JSON document that a record begins with; what the guest says of errors may follow."""
    return json.JSONDecoder().raw_decode(text)[0]


def read_iperf(text):
    end = document(text)["end"]
    rates = [s["receiver"]["bits_per_second"] for s in end["streams"] if "receiver" in s]
    values = {"rate": end["sum_received"]["bits_per_second"] / 1e6}
    if len(rates) > 1:
        values["jain"] = sum(rates) ** 2 / len(rates) / sum(r * r for r in rates)
    return values


def read_qdisc(text):
    # What the shaper's child drops is the child's to tell, and partly the shaper's as well.
    leaf = document(text)[-1]
    return {"drops": leaf["drops"], "marks": leaf.get("ecn_mark")}


def read_port(text):
    port = document(text)["ports"][0]
    return {"drops": port["counters"]["drops"], "marks": port["scheduler"].get("ecn_mark")}


READERS = {"ping": read_ping, "iperf": read_iperf, "qdisc": read_qdisc, "port": read_port}


def read_records(text):
    """{(pair, arm): {key: [a value for each round]}}"""
    found = {}
    for record in re.split(r"^@ ", text, flags=re.M)[1:]:
        head, body = record.split("\n", 1)
        pair, arm, _, kind = head.split()
        for key, value in READERS[kind](body).items():
            if value is not None:
                found.setdefault((pair, arm), {}).setdefault(key, []).append(value)
    return found


def verdict(key, linux, xdpq, wanted):
    """Is xdpq at least as good as Linux, both medians?"""
    _, form, more, noise = COLUMNS[key]
    behind = linux - xdpq if more else xdpq - linux
    if wanted is not None:
        behind = abs(xdpq - wanted) - abs(linux - wanted)
    if behind <= noise(linux, xdpq):
        return "yes"
    if not linux:
        return form.format(behind) + " more"
    return f"{100 * behind / linux:.1f} % off"


def rows(found):
    for pair, (title, *arms, wanted) in PAIRS.items():
        linux, xdpq = ({key: statistics.median(values) for key, values in found.get((pair, arm), {}).items()}
                       for arm in ("linux", "xdpq"))
        if not linux or not xdpq:
            continue
        if "drops" in wanted:
            wanted = {**wanted, "drops": wanted["drops"] * linux["pings"]}
        for name, values in zip(arms, (linux, xdpq)):
            yield [title, name] + [form.format(values[key]) if key in values else "-"
                                   for key, (_, form, _, _) in COLUMNS.items()]
            title = ""
        yield ["", "xdpq at least as good"] + [
            verdict(key, linux[key], xdpq[key], wanted.get(key)) if key in linux and key in xdpq else ""
            for key in COLUMNS]


def table(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for number, line in enumerate(lines):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def main():
    with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
        text = file.read()
    found = read_records(text)
    print(f"Kernel {text.split()[0]}, medians of {max(len(v['p50']) for v in found.values())} rounds.\n")
    table([["traffic", "scheduler"] + [title for title, *_ in COLUMNS.values()]] + list(rows(found)))


if __name__ == "__main__":
    main()
