#!/usr/bin/env python3
"""Judges the judge: the right files pass, and each of these small lies is found. The example's forests load."""
import concurrent.futures
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
GENERATE = os.path.join(HERE, "..", "..", "..", "examples", "abc-xyz", "generate.py")
AT_ONCE = 2
ANNA = "dn: CN=Anna Berg,OU=Address List,DC=abc,DC=example\nchangetype: modify\n"

# (what, file, text that is there, text put in its place, words that the verdict must hold)
ROWS = [
    ("nothing", None, "", "", "8 entries equal, 2 of them added"),
    ("a value changed", "after", "+49 30 23125 199", "+49 30 23125 198", "telephoneNumber: only in the snapshot"),
    ("a letter's case", "after", "displayName: Smith, Jonathan", "displayName: Smith, jonathan", "displayName: only in"),
    ("a value lost", "after", "proxyAddresses: smtp:anna.berg@xyz.example\n", "", "proxyAddresses: only in the directory"),
    ("a value too many", "after", "mailNickname: aberg\n", "mailNickname: aberg\nmobile: 1\n", "mobile: only in the snapshot"),
    ("an entry lost", "after", "dn: CN=Ada Admin,DC=abc,DC=example\n", "dn: CN=Bob Admin,DC=abc,DC=example\n", "not in the snapshot"),
    ("a deletion left out", "changes", "\ndn: CN=Left Behind,OU=Address List,DC=abc,DC=example\nchangetype: delete\n", "", "not in the snapshot: cn=Left Behind"),
    ("a reference that stayed behind", "after", r"manager: CN=Smith\, Jonathan", r"manager: CN=Smith\, John", "manager: only in"),
    ("the GUID of an old entry", "after", "AAAAAAAAAAAAAAAAAAAABA==", "AAAAAAAAAAAAAAAAAAAACA==", "objectGUID: only in"),
    ("the GUID of a new entry", "after", "AAAAAAAAAAAAAAAAAAAACQ==", "AAAAAAAAAAAAAAAAAAAADQ==", "8 entries equal"),
    ("an entry twice", "after", "dn: CN=Ada Admin,DC=abc,DC=example\n", "dn: CN=ada admin,DC=abc,DC=example\ncn: x\n\ndn: CN=Ada Admin,DC=abc,DC=example\n", "is there twice"),
    ("an attribute that a contact cannot hold", "changes", "mailNickname: desk\n", "mailNickname: desk\nhomeMDB: CN=x,DC=abc,DC=example\n", "attribute 'homeMDB' not allowed"),
    ("an attribute that nobody knows", "changes", "mailNickname: desk\n", "mailNickname: desk\nmailNickName2: x\n", "attribute type undefined"),
    ("two values of one", "changes", "mailNickname: desk\n", "mailNickname: desk\nmailNickname: desk2\n", "mailNickname"),
    ("a Boolean in small letters", "changes", "mailNickname: desk\n", "mailNickname: desk\nmAPIRecipient: false\n", "mAPIRecipient: value #0 invalid"),
    ("a display type that is not signed", "changes", "msExchRecipientDisplayType: -2147483642", "msExchRecipientDisplayType: 0x80000006", "invalid"),
    ("an object without its parent", "changes", r'Desk\, West,OU=Address List', r'Desk\, West,OU=Nowhere,OU=Address List', "No such object"),
    ("the same value twice", "changes", "proxyAddresses: sip:papadopoulos@xyz.example", "proxyAddresses: smtp:Papadopoulos@xyz.example", "provided more than once"),
    ("an item without its end", "changes", "displayName: Smith, Jonathan\n-\n", "displayName: Smith, Jonathan\n", "does not end with '-'"),
    ("an old name kept", "changes", "deleteoldrdn: 1\n\ndn: CN=Smith", "deleteoldrdn: 0\n\ndn: CN=Smith", "deleteoldrdn: 1"),
    ("an attribute of the directory's own", "changes", ANNA, ANNA + "replace: objectGUID\nobjectGUID:: AAAAAAAAAAAAAAAAAAAABA==\n-\n", "maintains itself"),
    ("a value that is too long", "changes", "mailNickname: desk\n", "mailNickname: " + "d" * 65 + "\n", "65 characters, 64 are allowed"),
    ("a removal of what is not there", "changes", "delete: mobile\n-", "delete: pager\n-", "no such attribute"),
]


def main():
    texts = {}
    for name in ("before", "changes", "after"):
        with open(os.path.join(HERE, "cases", name + ".ldif"), encoding="utf-8", newline="") as file:
            texts[name] = file.read()
    # What Windows writes: UTF-16 with a byte order mark, and CRLF.
    wide = {name: text.replace("\n", "\r\n").encode("utf-16") for name, text in texts.items() if name != "changes"}
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        def judge(what, files):
            paths = []
            for name in ("before", "changes", "after"):
                paths.append(os.path.join(folder, f"{what.replace(' ', '-')}.{name}.ldif"))
                with open(paths[-1], "wb") as file:
                    file.write(files[name])
            done = subprocess.run([os.path.join(HERE, "judge.sh"), *paths], capture_output=True, text=True)
            return done.returncode, done.stdout + done.stderr

        plain = {name: text.encode("utf-8") for name, text in texts.items()}
        rows = []
        for what, which, old, new, words in ROWS:
            files = dict(plain)
            if which is not None:
                assert old in texts[which], f"{what}: {old!r} is not in {which}.ldif"
                files[which] = texts[which].replace(old, new).encode("utf-8")
            rows.append((what, files, words))
        rows.append(("snapshots as ldifde -u writes them", {**plain, **wide}, "8 entries equal"))
        rows.append(("no changes at all", {"before": plain["before"], "changes": b"", "after": plain["before"]}, "7 entries equal"))
        for form in ("plain", "ldifde"):
            subprocess.run([sys.executable, GENERATE, "--out", folder, "--form", form], check=True)
            for company in ("abc", "xyz"):
                with open(os.path.join(folder, company + ".ldif"), "rb") as file:
                    forest = file.read()
                files = {"before": forest, "changes": b"", "after": forest}
                rows.append((f"{company} of the example, {form}", files, "entries equal, 0 of them added"))

        subprocess.run([os.path.join(HERE, "install.sh")], check=True)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            verdicts = pool.map(lambda row: judge(row[0], row[1]), rows)
            for (what, files, words), (status, said) in zip(rows, verdicts):
                expected = 0 if "entries equal" in words else 1
                if status != expected or words.lower() not in said.lower():
                    failures += 1
                    print(f"FAILED {what}: exit {status}, expected {expected} and {words!r}; it said:\n{said}")
                else:
                    print(f"ok {what}")
        # The next export of a directory that took the changes is what it should be, GUIDs and all.
        paths = [os.path.join(HERE, "cases", name + ".ldif") for name in ("before", "changes", "after")]
        exported = os.path.join(folder, "exported.ldif")
        with open(exported, "wb") as file:
            subprocess.run([os.path.join(HERE, "judge.sh"), paths[0], paths[1], "-"], stdout=file, check=True)
        with open(exported, "rb") as file:
            guids = file.read().count(b"\nobjectGUID::")
        done = subprocess.run([os.path.join(HERE, "judge.sh"), exported, os.devnull, paths[2]], capture_output=True, text=True)
        # Nothing was added by that empty change file, so the two new entries' GUIDs are compared, and differ.
        if guids != 8 or done.stderr.count("objectGUID: only in the directory") != 2 or "in 2 entries" not in done.stderr:
            failures += 1
            print(f"FAILED the next export: {guids} GUIDs; it said:\n{done.stdout}{done.stderr}")
        else:
            print("ok the next export")
    print(f"{len(rows) + 1} rows, {failures} failed")
    sys.exit(1 if failures else 0)


main()
