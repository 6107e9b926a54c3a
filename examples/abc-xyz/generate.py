#!/usr/bin/env python3
"""Writes abc.ldif and xyz.ldif: the directories of two invented companies.

    generate.py                           the two files beside this script, about 200 objects each
    generate.py --check                   whether the two files are what this script writes
    generate.py --people 100000 --out D   large forests of the same kind, 100,000 people over both, for benchmarks

The same arguments give the same bytes. Python 3.9 or later, standard library only.
"""
import argparse
import filecmp
import os
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True

from generator import abc, large, xyz
from generator.ldif import FORMS, Writer

HERE = os.path.dirname(os.path.abspath(__file__))


def check(forest):
    """What the directory itself would insist on."""
    for what in ("dn", "sAMAccountName", "userPrincipalName", "objectGUID", "mail", "legacyExchangeDN"):
        seen = set()
        for entry in forest.entries:
            value = entry.dn if what == "dn" else entry.get(what)
            if value is None:
                continue
            value = value.casefold() if isinstance(value, str) else value
            assert value not in seen, f"{forest.company}: {what} {value!r} twice"
            seen.add(value)
    for entry in forest.entries:
        assert len(entry.get("name")) <= 64 and len(entry.get("sAMAccountName") or "") <= 64, entry.dn


def small(folder, seed, form):
    first = abc.build(seed)
    second = xyz.build(seed, first)
    # ABC's hand-made contacts name XYZ's people, whose directory is written after ABC's.
    abc.contacts_of(first, second)
    for forest in (first, second):
        check(forest)
        writer = Writer(os.path.join(folder, f"{forest.key}.ldif"), form)
        for entry in forest.entries:
            writer.entry(entry.dn, entry.pairs())
        writer.close()


def main():
    parser = argparse.ArgumentParser(description="Write two invented directories as LDIF.")
    parser.add_argument("--people", type=int, metavar="N", help="large forests with N people in all")
    parser.add_argument("--seed", default="madrigal", help="another seed, other GUIDs and other large forests")
    parser.add_argument("--out", metavar="FOLDER", help="where to write (default: beside this script; needed with --people)")
    parser.add_argument("--form", choices=FORMS, default="plain",
                        help="plain; as ldifde writes it (changetype, CRLF); as ldifde -u does (UTF-16 besides)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the files are not as they would be")
    arguments = parser.parse_args()
    if arguments.check:
        with tempfile.TemporaryDirectory() as folder:
            small(folder, arguments.seed, arguments.form)
            names = ("abc.ldif", "xyz.ldif")
            same, *_ = filecmp.cmpfiles(HERE, folder, names, shallow=False)
        if len(same) < len(names):
            sys.exit("not as generated: " + ", ".join(sorted(set(names) - set(same))) + "; `git checkout .` brings them back")
        return
    if arguments.people is not None and arguments.out is None:
        parser.error("--people needs --out FOLDER, so that the example is not overwritten")
    folder = arguments.out or HERE
    os.makedirs(folder, exist_ok=True)
    if arguments.people is None:
        small(folder, arguments.seed, arguments.form)
    else:
        large.write(folder, arguments.people, arguments.seed, arguments.form)
    configuration = os.path.join(HERE, "madrigal.toml")
    if os.path.abspath(folder) != HERE and os.path.exists(configuration):
        shutil.copy(configuration, folder)


if __name__ == "__main__":
    main()
