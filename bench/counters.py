#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""counters.py XDPQ NETNS DEV SECONDS KEY...: how fast counters of a port grow.

Prints the growth of each per second; the time is taken around each reading, not by the shell.
"""
import json
import subprocess
import sys
import time


def sample(xdpq, netns, device):
    """The port's counters, and when they were read."""
    before = time.monotonic_ns()
    out = subprocess.run([xdpq, "-n", netns, "show", device, "-j", "-s"],
                         check=True, capture_output=True).stdout
    after = time.monotonic_ns()
    return json.loads(out)["ports"][0]["counters"], (before + after) / 2


def main():
    """Two readings, SECONDS apart."""
    xdpq, netns, device, seconds = sys.argv[1:5]
    first, begin = sample(xdpq, netns, device)
    time.sleep(float(seconds))
    second, end = sample(xdpq, netns, device)
    print(*((second[key] - first[key]) * 1e9 / (end - begin) for key in sys.argv[5:]))


if __name__ == "__main__":
    main()
