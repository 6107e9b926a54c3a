#!/usr/bin/env python3
"""A day's changes in a snapshot of the example: numbers, a renaming, people who leave, and a name that is markup."""

import pathlib
import re
import sys

MARKUP = '<script>window.taken=1</script><img src=x onerror="window.taken=1">'


def person(record: str) -> bool:
    return "objectClass: user" in record and "\nmail: " in record and "\ntelephoneNumber: " in record


def main(path: str) -> None:
    file = pathlib.Path(path)
    records = file.read_text(encoding="utf-8").split("\n\n")
    kept, number = [], 0
    for record in records:
        if person(record):
            number += 1
            if record.startswith("dn: CN=Jed Hill,OU=London"):
                record = re.sub(r"(?m)^displayName:.*$", f"displayName: {MARKUP}", record)
            elif number % 20 == 0:
                continue
            elif number == 5:
                record = re.sub(r"(?m)^title:.*$", "title: Keeper of the Seals", record)
            elif number == 7:
                record = re.sub(r"(?m)^telephoneNumber:.*\n", "", record)
            elif number < 60:
                record = re.sub(r"(?m)^telephoneNumber:.*$", f"telephoneNumber: +44 20 7946 {number:04}", record)
        kept.append(record)
    file.write_text("\n\n".join(kept), encoding="utf-8")


main(sys.argv[1])
