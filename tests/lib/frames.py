# SPDX-License-Identifier: GPL-2.0-only
"""Raw Ethernet frames, one a line in hex.

frames.py send DEV < FRAMES
frames.py receive DEV COUNT SECONDS [HEX]     prints what arrives, first "ready"

Only frames from elsewhere are received, with their VLAN tag put back where the kernel
has taken it out. With HEX only those that hold these bytes.
"""
import binascii
import socket
import struct
import sys
import time

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_OUTGOING = 4
SO_RCVBUFFORCE = 33
TP_STATUS_VLAN_VALID = 1 << 4
TP_STATUS_VLAN_TPID_VALID = 1 << 6


def open_device(device, protocol):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    s.bind((device, protocol))
    return s


def send(device):
    s = open_device(device, 0)
    for line in sys.stdin:
        s.send(binascii.unhexlify(line.strip()))


def with_tag(frame, extra):
    for level, kind, value in extra:
        if level != SOL_PACKET or kind != PACKET_AUXDATA:
            continue
        status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", value[:20])
        if status & TP_STATUS_VLAN_VALID:
            tpid = tpid if status & TP_STATUS_VLAN_TPID_VALID else 0x8100
            return frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
    return frame


def receive(device, count, seconds, mark=""):
    s = open_device(device, ETH_P_ALL)
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
    print("ready", flush=True)
    until = time.monotonic() + float(seconds)
    left = int(count)
    while left and time.monotonic() < until:
        s.settimeout(max(0.001, until - time.monotonic()))
        try:
            frame, extra, _, sender = s.recvmsg(65536, 256)
        except socket.timeout:
            return
        if sender[2] == PACKET_OUTGOING:
            continue
        frame = with_tag(frame, extra)
        if binascii.unhexlify(mark) in frame:
            print(binascii.hexlify(frame).decode(), flush=True)
            left -= 1


{"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
