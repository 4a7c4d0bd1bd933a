# SPDX-License-Identifier: GPL-2.0-only
"""capture.py FILE [OPTION]... < PACKETS: writes a capture file.

A line of PACKETS is TIME LENGTH [CAPTURED]: seconds with a fraction, and bytes. Packets are IPv4,
UDP, from 10.0.0.1:1000 to 10.0.0.2:2000. Options: pcapng, nano (precision), big (endian),
linktype=N, cut=N (bytes off the end).
"""
import struct
import sys
from fractions import Fraction

HEADER = bytes.fromhex("020000000002" "020000000001" "0800"
                       "4500002e00000000401100000a0000010a000002" "03e807d0001a0000")


def packets():
    for line in sys.stdin:
        time, length, *captured = line.split()
        length = int(length)
        data = (HEADER + bytes(length))[:length]
        yield Fraction(time), length, data[:int(captured[0])] if captured else data


def pcap(order, linktype, nano):
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, linktype)]
    for time, length, data in packets():
        fraction = int(time % 1 * (10**9 if nano else 10**6))
        out.append(struct.pack(order + "IIII", int(time), fraction, len(data), length) + data)
    return b"".join(out)


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def pcapng(order, linktype, nano):
    resolution = struct.pack(order + "HHB3xHH", 9, 1, 9 if nano else 6, 0, 0)
    out = [block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)),
           block(order, 1, struct.pack(order + "HHI", linktype, 0, 0) + resolution)]
    for time, length, data in packets():
        ticks = int(time * (10**9 if nano else 10**6))
        head = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(data), length)
        out.append(block(order, 6, head + data))
    return b"".join(out)


def main(path, *options):
    values = dict(option.split("=") for option in options if "=" in option)
    make = pcapng if "pcapng" in options else pcap
    data = make(">" if "big" in options else "<", int(values.get("linktype", 1)), "nano" in options)
    cut = int(values.get("cut", 0))
    with open(path, "wb") as file:
        file.write(data[:len(data) - cut])


main(*sys.argv[1:])
