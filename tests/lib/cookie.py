# SPDX-License-Identifier: GPL-2.0-only
"""Prints the cookie of the network namespace: the name of its directory of pins."""
import socket
import struct

SO_NETNS_COOKIE = 71

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    print(struct.unpack("=Q", s.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8))[0])
