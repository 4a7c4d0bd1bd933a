# SPDX-License-Identifier: GPL-2.0-only
"""Prints values of the JSON document on stdin: values.py PATH...

A path is keys and indexes with points between: ports.0.counters.packets. A `*` stands
for each entry, a `#` for their number. Exits with 1 if there is no such thing.
"""
import json
import sys


def walk(value, path):
    if not path:
        yield value
    elif path[0] == "#":
        yield len(value)
    elif path[0] == "*":
        for entry in value.values() if isinstance(value, dict) else value:
            yield from walk(entry, path[1:])
    else:
        yield from walk(value[int(path[0]) if isinstance(value, list) else path[0]], path[1:])


def main():
    document = json.load(sys.stdin)
    for path in sys.argv[1:]:
        for value in walk(document, path.split(".")):
            print(value if isinstance(value, str) else json.dumps(value))


try:
    main()
except (KeyError, IndexError, json.JSONDecodeError) as error:
    sys.exit(f"values.py: {sys.argv[1:]}: {error!r}")
