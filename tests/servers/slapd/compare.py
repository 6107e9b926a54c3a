#!/usr/bin/env python3
"""What judge.sh needs to know of LDIF: reading it, what ldifde and Active Directory would refuse, and what is equal.

    compare.py suffix FILE                          the DN of the first entry
    compare.py content FILE                         the entries as plain content records, UTF-8
    compare.py snapshot DUMP                        the same, with objectGUIDs where the server gave an entryUUID only
    compare.py lint --schema S CHANGES              refuse what slapd takes and Active Directory or ldifde does not
    compare.py compare --schema S CHANGES AFTER DUMP

Independent of the engine on purpose: it shares no code with what it judges.
"""
import os
import argparse
import base64
import re
import sys
import uuid

# The directory maintains these itself; a change record that writes one is refused by Active Directory.
MAINTAINED = {
    "distinguishedname", "name", "memberof", "whencreated", "whenchanged", "usncreated", "usnchanged",
    "objectguid", "objectsid", "samaccounttype",
}
# These differ between a snapshot and the directory without anybody being wrong.
IGNORED = {"distinguishedname", "name", "memberof", "whencreated", "whenchanged", "usncreated", "usnchanged"}
# The same for entries that the change file adds: the directory chooses them.
IGNORED_ON_ADDED = {"objectguid", "objectsid", "objectcategory", "instancetype", "samaccounttype"}
SHOWN_DIFFERENCES = 200


class LdifError(Exception):
    pass


def records(path):
    """Yields (line number, [(attribute, value bytes) or ("-", None)]) for each record of a file."""
    raw = open(path, "rb").read()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raw = raw.decode("utf-16").encode("utf-8")
    if raw[:3] == b"\xef\xbb\xbf":
        raw = raw[3:]
    record, start, logical, logical_line = [], 0, None, 0

    def flush(logical, line):
        if logical is None or logical.startswith(b"#"):
            return
        if logical == b"-":
            record.append(("-", None))
            return
        name, colon, rest = logical.partition(b":")
        if not colon:
            raise LdifError(f"{path}:{line}: no colon in {logical[:60]!r}")
        if rest.startswith(b":"):
            value = base64.b64decode(rest[1:].strip(), validate=True)
        elif rest.startswith(b"<"):
            raise LdifError(f"{path}:{line}: a URL")
        else:
            value = rest.lstrip(b" ")
        name = name.decode("ascii")
        if name.lower() == "version" and not record:
            return
        record.append((name, value))

    for number, line in enumerate(raw.split(b"\n"), 1):
        line = line.rstrip(b"\r")
        if line.startswith(b" ") and logical is not None:
            logical += line[1:]
            continue
        flush(logical, logical_line)
        logical, logical_line = None, number
        if line:
            if not record:
                start = number
            logical = line
        elif record:
            yield start, record
            record = []
    flush(logical, logical_line)
    if record:
        yield start, record


def is_change(record):
    return len(record) > 1 and record[1][0].lower() == "changetype"


def entries(path):
    """The entries of a content file, `changetype: add` of ldifde's exports left out."""
    for line, record in records(path):
        if record[0][0].lower() != "dn":
            raise LdifError(f"{path}:{line}: a record without a dn")
        body = record[1:]
        if is_change(record):
            if record[1][1].strip().lower() != b"add":
                raise LdifError(f"{path}:{line}: a change record in a snapshot")
            body = record[2:]
        yield line, record[0][1].decode("utf-8"), body


def dn_key(text):
    """A DN as Active Directory compares it: types and values without regard to case, escapes undone."""
    parts, rdn, kind, value, state, i = [], [], "", bytearray(), "type", 0
    raw = text.encode("utf-8") if isinstance(text, str) else text

    def close():
        words = value.decode("utf-8", "replace")
        rdn.append((kind.strip().lower(), " ".join(words.split()).casefold()))

    while i < len(raw):
        byte = raw[i:i + 1]
        if state == "type":
            if byte == b"=":
                state, value = "value", bytearray()
                while raw[i + 1:i + 2] == b" ":
                    i += 1
            else:
                kind += byte.decode("latin-1")
        elif byte == b"\\" and re.match(rb"[0-9A-Fa-f]{2}", raw[i + 1:i + 3]):
            value += bytes([int(raw[i + 1:i + 3], 16)])
            i += 2
        elif byte == b"\\":
            value += raw[i + 1:i + 2]
            i += 1
        elif byte in b",;+":
            close()
            kind, state = "", "type"
            if byte != b"+":
                parts.append(tuple(sorted(rdn)))
                rdn = []
        else:
            value += byte
        i += 1
    if kind:
        close()
    if rdn:
        parts.append(tuple(sorted(rdn)))
    return tuple(parts)


class Schema:
    """What is needed of ad.schema: DN syntax, bounds, superclasses."""

    def __init__(self, path):
        text = re.sub(r"(?m)^#.*\n", "", open(path, encoding="utf-8").read())
        self.dn_valued, self.bound, self.superior = {"seealso"}, {"cn": 64, "description": 1024}, {}
        for body in re.findall(r"(?s)attributetype \((.*?) \)\n", text):
            name = re.search(r"NAME '([^']+)'", body).group(1).lower()
            syntax = re.search(r"121\.1\.(\d+)(?:\{(\d+)\})?", body)
            if syntax.group(1) == "12":
                self.dn_valued.add(name)
            if syntax.group(2):
                self.bound[name] = int(syntax.group(2))
        for name, superior in re.findall(r"objectclass \( \S+ NAME '([^']+)'\s+SUP (\S+)", text):
            self.superior[name.lower()] = superior.lower()

    def classes(self, values):
        """Every class that these stand for, as Active Directory lists them."""
        found = set()
        for value in values:
            name = value.decode("utf-8", "replace").lower()
            while name and name not in found:
                found.add(name)
                name = self.superior.get(name)
        return found | {"top"}


def lint(schema, path):
    complaints = []

    def complain(line, dn, words):
        complaints.append(f"{path}:{line}: {dn}: {words}")

    def written(line, dn, name, values):
        plain = name.split(";")[0].lower()
        if plain in MAINTAINED:
            complain(line, dn, f"writes {name}, which the directory maintains itself")
        bound = schema.bound.get(plain)
        for value in values:
            if value == b"":
                complain(line, dn, f"{name} with an empty value")
            try:
                length = len(value.decode("utf-8").encode("utf-16-le")) // 2
            except UnicodeDecodeError:
                length = len(value)
            if bound is not None and length > bound:
                complain(line, dn, f"{name} holds {length} characters, {bound} are allowed")
        if plain == "cn" and len(values) > 1:
            complain(line, dn, "cn holds one value in Active Directory")

    for line, record in records(path):
        if record[0][0].lower() != "dn":
            complaints.append(f"{path}:{line}: a record without a dn")
            continue
        dn = record[0][1].decode("utf-8")
        if not is_change(record):
            complain(line, dn, "no changetype")
            continue
        kind, body = record[1][1].strip().lower().decode("ascii"), record[2:]
        if kind == "add":
            attributes = {}
            for name, value in body:
                attributes.setdefault(name, []).append(value)
            for name, values in attributes.items():
                written(line, dn, name, values)
        elif kind == "modify":
            if not body or body[-1][0] != "-":
                complain(line, dn, "the last item does not end with '-', which ldifde insists on")
            item = []
            for pair in body:
                if pair[0] != "-":
                    item.append(pair)
                    continue
                operation, target = item[0][0].lower(), item[0][1].decode("ascii")
                values = [value for _, value in item[1:]]
                if operation not in ("add", "delete", "replace"):
                    complain(line, dn, f"an item begins with {operation}")
                elif operation == "delete":
                    written(line, dn, target, [])
                else:
                    written(line, dn, target, values)
                if any(name.lower() != target.lower() for name, _ in item[1:]):
                    complain(line, dn, f"an item for {target} holds another attribute")
                item = []
        elif kind in ("modrdn", "moddn"):
            fields = {name.lower(): value for name, value in body}
            if fields.get("deleteoldrdn", b"").strip() != b"1":
                complain(line, dn, "without deleteoldrdn: 1, which Active Directory refuses")
            for rdn in dn_key(fields.get("newrdn", b"")):
                for name, value in rdn:
                    written(line, dn, name, [value.encode("utf-8")])
        elif kind != "delete":
            complain(line, dn, f"changetype {kind}")
    return complaints


def added(path):
    """The keys of the entries that a change file adds, at the names that they end with."""
    keys = set()
    for _, record in records(path):
        kind, dn = record[1][1].strip().lower(), dn_key(record[0][1])
        fields = {name.lower(): value for name, value in record[2:]}
        if kind == b"add":
            keys.add(dn)
        elif kind == b"delete":
            keys.discard(dn)
        elif kind in (b"modrdn", b"moddn"):
            parent = dn_key(fields["newsuperior"]) if "newsuperior" in fields else dn[1:]
            new = dn_key(fields["newrdn"]) + parent
            # What hangs below a renamed entry goes with it.
            keys = {key[: -len(dn)] + new if key[-len(dn):] == dn else key for key in keys}
    return keys


def load(schema, path):
    found, twice = {}, []
    for line, dn, body in entries(path):
        attributes = {}
        for name, value in body:
            attributes.setdefault(name.lower(), (name, []))[1].append(value)
        key = dn_key(dn)
        if key in found:
            twice.append(f"{path}:{line}: {dn} is there twice")
        found[key] = (dn, attributes)
    return found, twice


def comparable(schema, name, values):
    if name == "objectclass":
        return {value: value.encode() for value in schema.classes(values)}
    if name.split(";")[0] in schema.dn_valued:
        return {dn_key(value): value for value in values}
    return {value: value for value in values}


def shown(value):
    try:
        text = value.decode("utf-8")
        if text.isprintable() and text == text.strip():
            return text if len(text) <= 300 else text[:300] + "…"
    except UnicodeDecodeError:
        pass
    text = base64.b64encode(value).decode("ascii")
    return ":: " + (text if len(text) <= 120 else text[:120] + "…")


def compare(schema, changes, after, dump):
    expected, twice = load(schema, after)
    actual, _ = load(schema, dump)
    fresh = added(changes)
    lines = list(twice)
    for key in expected.keys() - actual.keys():
        lines.append(f"missing in the directory: {expected[key][0]}")
    for key in actual.keys() - expected.keys():
        lines.append(f"in the directory, not in the snapshot: {actual[key][0]}")
    for key in expected.keys() & actual.keys():
        dn, wanted = expected[key]
        _, got = actual[key]
        keys_differ = key in fresh or os.environ.get("JUDGE_KEYS_DIFFER") == "1"
        ignored = IGNORED | IGNORED_ON_ADDED if keys_differ else IGNORED
        differences = []
        for name in sorted((wanted.keys() | got.keys()) - ignored):
            label = (wanted.get(name) or got.get(name))[0]
            left = comparable(schema, name, wanted.get(name, ("", []))[1])
            right = comparable(schema, name, got.get(name, ("", []))[1])
            differences += [f"    {label}: only in the snapshot:  {shown(left[v])}" for v in left if v not in right]
            differences += [f"    {label}: only in the directory: {shown(right[v])}" for v in right if v not in left]
            repeated = len(wanted.get(name, ("", []))[1]) != len(left) and name != "objectclass"
            if repeated:
                differences.append(f"    {label}: the snapshot holds a value twice")
            if name == "cn" and len(right) > 1:
                differences.append("    cn: two values in the directory")
        if differences:
            lines.append(f"{dn}\n" + "\n".join(differences))
    return sorted(lines), len(expected), len(fresh)


def with_guid(body):
    """An entry with its entryUUID as objectGUID, unless it has one."""
    given = [value for name, value in body if name.lower() == "entryuuid"]
    body = [pair for pair in body if pair[0].lower() != "entryuuid"]
    if given and not any(name.lower() == "objectguid" for name, _ in body):
        body.append(("objectGUID", uuid.UUID(given[0].decode("ascii")).bytes_le))
    return body


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["suffix", "content", "snapshot", "lint", "compare"])
    parser.add_argument("--schema")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    try:
        if arguments.command == "suffix":
            print(next(entries(arguments.files[0]))[1])
        elif arguments.command in ("content", "snapshot"):
            for _, dn, body in entries(arguments.files[0]):
                if arguments.command == "snapshot":
                    body = with_guid(body)
                out = [b"dn:: " + base64.b64encode(dn.encode("utf-8"))]
                out += [name.encode() + b":: " + base64.b64encode(value) for name, value in body]
                sys.stdout.buffer.write(b"\n".join(out) + b"\n\n")
        elif arguments.command == "lint":
            complaints = lint(Schema(arguments.schema), arguments.files[0])
            if complaints:
                print("judge: Active Directory or ldifde would refuse this change file:", file=sys.stderr)
                print("\n".join("  " + line for line in complaints[:SHOWN_DIFFERENCES]), file=sys.stderr)
                sys.exit(1)
        else:
            changes, after, dump = arguments.files
            lines, count, fresh = compare(Schema(arguments.schema), changes, after, dump)
            if lines:
                print(f"judge: the directory differs from {after} in {len(lines)} entries:", file=sys.stderr)
                print("\n".join("  " + line.replace("\n", "\n  ") for line in lines[:SHOWN_DIFFERENCES]), file=sys.stderr)
                if len(lines) > SHOWN_DIFFERENCES:
                    print(f"  … and {len(lines) - SHOWN_DIFFERENCES} more", file=sys.stderr)
                sys.exit(1)
            print(f"judge: {count} entries equal, {fresh} of them added")
    except (LdifError, ValueError) as error:
        print(f"judge: {error}", file=sys.stderr)
        sys.exit(1)


main()
