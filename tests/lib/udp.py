# SPDX-License-Identifier: GPL-2.0-only
"""Numbered UDP packets.

udp.py receive PORT IDLE          until nothing has come for IDLE seconds; prints JSON
udp.py send ADDRESS PORT COUNT SIZE[,SIZE...] PACKETS_PER_SECOND [DSCP]
                                  sizes, of the payload, take turns

The receiver says "ready" first, and starts to count its idle time with the first packet.
It reports: received, lost (missing below the highest number seen), reordered
(number below an earlier one), repeated, highest, ttl (of the last packet), frame_bytes (with
Ethernet and IP headers), seconds (first to last, by the kernel's time stamps),
bit_per_s (frame bytes after the first packet in that time).
"""
import json
import socket
import struct
import sys
import time

SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
IP_RECVTTL = 12
IPV6_RECVHOPLIMIT = 51
IPV6_HOPLIMIT = 52
TIMEOUT = 30
HEADERS = {4: 14 + 20 + 8, 6: 14 + 40 + 8}


def listen(port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    s.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    s.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1)
    s.bind(("::", port))
    return s


def take(s):
    data, extra, _, sender = s.recvmsg(65536, 256)
    version = 4 if sender[0].startswith("::ffff:") else 6
    stamp = ttl = 0
    for level, kind, value in extra:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", value)
            stamp = seconds * 10**9 + nanoseconds
        elif kind in (socket.IP_TTL, IPV6_HOPLIMIT):
            ttl = struct.unpack("i", value)[0]
    return struct.unpack("!I", data[:4])[0], len(data) + HEADERS[version], stamp, ttl


def gather(s, idle):
    packets = []
    print("ready", flush=True)
    s.settimeout(TIMEOUT)
    while True:
        try:
            packets.append(take(s))
        except socket.timeout:
            return packets
        s.settimeout(idle)


def report(packets):
    numbers = [packet[0] for packet in packets]
    result = {"received": len(packets), "lost": 0, "reordered": 0, "repeated": 0, "highest": 0,
              "ttl": 0, "frame_bytes": 0, "seconds": 0, "bit_per_s": 0}
    if not packets:
        return result
    highest = -1
    for number in numbers:
        result["reordered"] += number < highest
        highest = max(highest, number)
    seconds = (packets[-1][2] - packets[0][2]) / 1e9
    sizes = [packet[1] for packet in packets]
    result.update(lost=highest - len(set(numbers)) + 1, highest=highest, ttl=packets[-1][3],
                  repeated=len(numbers) - len(set(numbers)), frame_bytes=sum(sizes), seconds=seconds,
                  bit_per_s=round(8 * sum(sizes[1:]) / seconds) if seconds else 0)
    return result


def receive(port, idle):
    print(json.dumps(report(gather(listen(int(port)), float(idle)))))


def sender(address, dscp):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
    if family == socket.AF_INET:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << 2)
    else:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, dscp << 2)
    return s


def send(address, port, count, sizes, rate, dscp=0):
    s = sender(address, int(dscp))
    paddings = [bytes(int(size) - 4) for size in sizes.split(",")]
    start = time.monotonic()
    for number in range(int(count)):
        # Not connected: nobody's ICMP errors come back to us.
        payload = struct.pack("!I", number) + paddings[number % len(paddings)]
        s.sendto(payload, (address, int(port)))
        ahead = start + (number + 1) / float(rate) - time.monotonic()
        # Short naps cost more than they are worth; some packets together are as good.
        if ahead > 0.001:
            time.sleep(ahead)


{"receive": receive, "send": send}[sys.argv[1]](*sys.argv[2:])
