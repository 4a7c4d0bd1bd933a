# SPDX-License-Identifier: GPL-2.0-only
"""schema.py SCHEMA NAME: holds the JSON document on stdin to $defs/NAME of the schema.

Exits with 1 and says what is wrong. Keys given twice in one object are refused as well.
"""
import json
import sys

import jsonschema


def without_repeats(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        sys.exit(f"a key is there twice: {keys}")
    return dict(pairs)


def main(path, name):
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.load(sys.stdin, object_pairs_hook=without_repeats)
    whole = {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{name}"}
    errors = list(jsonschema.Draft202012Validator(whole).iter_errors(document))
    if not errors:
        errors = list(jsonschema.Draft202012Validator(schema).iter_errors(document))
    for error in errors:
        print(f"{error.json_path}: {error.message}"[-400:])
    sys.exit(1 if errors else 0)


main(*sys.argv[1:])
