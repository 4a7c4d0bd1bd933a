# SPDX-License-Identifier: GPL-2.0-only
"""pinned.py KIND DIRECTORY: reads `bpftool -j -f KIND show`, prints "KIND ID" of what is
pinned under the directory, and "map ID" of the maps that its programs use."""
import json
import sys

kind, directory = sys.argv[1:]
for entry in json.load(sys.stdin):
    if not any(path.startswith(directory) for path in entry.get("pinned", [])):
        continue
    print(kind, entry["id"])
    for number in entry.get("map_ids", []):
        print("map", number)
