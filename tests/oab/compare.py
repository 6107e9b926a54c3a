"""Reads books with the PyPI package `oab` and compares every property of every record.

`compare.py FOLDER...`: each folder holds `udetails.oab` and `expected.json`, a list of records
(tag in hexadecimal -> value).
"""

import json
import pathlib
import sys

import oab
from oab.properties import property_tags


def plain(value):
    """A value in the form of expected.json: bytes as hexadecimal text."""
    if isinstance(value, bytes):
        return value.decode("ascii")
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def expected_record(record):
    """A record of expected.json under the judge's names."""
    named = {}
    for tag, value in record.items():
        name = property_tags.get(int(tag, 16), str(int(tag, 16)))
        if name == "PidTagOfflineAddressBookTruncatedProperties":
            value = [property_tags.get(item, str(item)) for item in value]
        named[name] = value
    return named


def main():
    records = values = differences = 0
    for folder in map(pathlib.Path, sys.argv[1:]):
        expected = json.loads((folder / "expected.json").read_text())
        book = oab.load_oab_file(str(folder / "udetails.oab"))["address_book"]
        if len(book) != len(expected):
            differences += 1
            print(f"{folder}: {len(book)} records, {len(expected)} expected")
        for number, (found, wanted) in enumerate(zip(book, map(expected_record, expected))):
            found = {name: plain(value) for name, value in found["record"].items()}
            records += 1
            values += len(wanted)
            if found != wanted:
                differences += 1
                names = [name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)]
                print(f"{folder}, record {number}: {sorted(names)}")
    print(f"oab: {records} records, {values} values, {differences} differences")
    return differences > 0 or records == 0


sys.exit(main())
