"""What the tests of forests share: the command under test, and OpenLDAP's clients as witnesses that know nothing of our
code."""

import base64
import json
import os
import pathlib
import shutil
import subprocess

PASSWORD = "Passw0rd.1"
NOW = "2026-03-02T08:00"


class Failed(Exception):
    pass


def expect(holds, what, *details):
    if not holds:
        raise Failed(": ".join([what, *map(str, details)]))


def parse(text):
    """LDIF as `ldapsearch -LLL -o ldif-wrap=no` writes it: a list of (dn, {attribute: [value]})."""
    entries = []
    for block in text.split("\n\n"):
        dn, attributes = None, {}
        for line in block.splitlines():
            if not line or line.startswith("#") or ":" not in line:
                continue
            name, value = line.split(":", 1)
            if value.startswith(":"):
                octets = base64.b64decode(value[1:].strip())
                try:
                    value = octets.decode("utf-8")
                except UnicodeDecodeError:
                    value = octets
            else:
                value = value.strip()
            if name == "dn":
                dn = value
            elif dn is not None:
                attributes.setdefault(name, []).append(value)
        if dn is not None:
            entries.append((dn, attributes))
    return entries


class Forest:
    """One directory, seen by its administrator through OpenLDAP's clients."""

    def __init__(self, name, url, domain, bind=None):
        self.name, self.url, self.domain = name, url, domain
        self.bind = bind or f"administrator@{name}.example"

    def _run(self, command, *arguments, text=None, allowed=(0,)):
        done = subprocess.run(
            [command, "-x", "-H", self.url, "-D", self.bind, "-w", PASSWORD, *arguments],
            input=text, capture_output=True, text=True, check=False,
        )
        expect(done.returncode in allowed, command, done.returncode, done.stderr.strip()[-300:])
        return done.stdout

    def search(self, filter_, *attributes, base=None, scope="sub", controls=()):
        arguments = ["-LLL", "-o", "ldif-wrap=no", "-b", self.domain if base is None else base, "-s", scope]
        for control in controls:
            arguments += ["-E", control]
        return parse(self._run("ldapsearch", *arguments, filter_, *attributes, allowed=(0, 32)))

    def one(self, filter_, *attributes, **options):
        found = self.search(filter_, *attributes, **options)
        expect(len(found) == 1, f"{self.name}: one object for {filter_}", [dn for dn, _ in found])
        return found[0]

    def contacts(self, *attributes):
        return self.search("(objectClass=contact)", *attributes, base=f"OU=Address List,{self.domain}")

    def change(self, ldif):
        self._run("ldapmodify", text=ldif)

    def replace(self, dn, name, *values):
        lines = [f"dn: {dn}", "changetype: modify", f"replace: {name}"]
        self.change("\n".join([*lines, *(f"{name}: {value}" for value in values), "-", ""]))

    def rename(self, dn, rdn, parent=None):
        lines = [f"dn: {dn}", "changetype: modrdn", f"newrdn: {rdn}", "deleteoldrdn: 1"]
        self.change("\n".join([*lines, *([f"newsuperior: {parent}"] if parent else []), ""]))

    def delete(self, dn):
        self.change(f"dn: {dn}\nchangetype: delete\n")

    def user(self, cn, container=None, **more):
        """Makes a user with a mailbox, and gives the name."""
        nick = cn.lower().replace(" ", ".")
        dn = f"CN={cn},{container or 'OU=Offices,' + self.domain}"
        mail = f"{nick}@{self.name}.example"
        attributes = {
            "objectClass": "user",
            "sAMAccountName": nick[:20],
            "displayName": cn,
            "mail": mail,
            "mailNickname": nick,
            "proxyAddresses": [f"SMTP:{mail}", f"sip:{mail}"],
            "legacyExchangeDN": f"/o=Test/ou=Exchange/cn=Recipients/cn={nick}",
            "msExchHomeServerName": "/o=Test/ou=Exchange/cn=Configuration/cn=Servers/cn=MBX1",
            "msExchRecipientTypeDetails": "1",
            "msExchRecipientDisplayType": "1073741824",
            **more,
        }
        self.add(dn, attributes)
        return dn

    def contact(self, cn, container, mail, **more):
        """Makes a mail contact, and gives the name."""
        dn = f"CN={cn},{container}"
        attributes = {
            "objectClass": "contact",
            "displayName": cn,
            "mail": mail,
            "mailNickname": cn.lower().replace(" ", "."),
            "targetAddress": f"SMTP:{mail}",
            "proxyAddresses": f"SMTP:{mail}",
            "legacyExchangeDN": f"/o=Test/ou=Exchange/cn=Recipients/cn={cn.lower().replace(' ', '.')}-contact",
            **more,
        }
        self.add(dn, attributes)
        return dn

    def add(self, dn, attributes):
        lines = [f"dn: {dn}", "changetype: add"]
        for name, values in attributes.items():
            for value in values if isinstance(values, list) else [values]:
                octets = value if isinstance(value, bytes) else value.encode("utf-8")
                lines.append(f"{name}:: {base64.b64encode(octets).decode('ascii')}")
        self.change("\n".join(lines) + "\n")


class Madrigal:
    """The command under test, with its configuration and store in a folder of its own."""

    def __init__(self, binary, folder, configuration):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.configure(configuration)

    def configure(self, text):
        (self.folder / "madrigal.toml").write_text(text, encoding="utf-8")

    def forget(self):
        for file in self.folder.glob("madrigal.db*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()

    def stored(self):
        """The store as it is, for `put_back`."""
        return {file.name: file.read_bytes() for file in self.folder.glob("madrigal.db*") if file.is_file()}

    def put_back(self, stored):
        self.forget()
        for name, octets in stored.items():
            (self.folder / name).write_bytes(octets)

    def command(self, *arguments, allowed=(0, 1), environment=None):
        done = subprocess.run(
            [self.binary, *arguments, "-c", str(self.folder / "madrigal.toml")],
            capture_output=True, text=True, check=False,
            env={**os.environ, "FOREST_PASSWORD": PASSWORD, "NO_COLOR": "1", **(environment or {})},
        )
        shown = (done.stdout + done.stderr).strip()
        expect(done.returncode in allowed, " ".join(arguments), f"exit {done.returncode}", shown[-1500:])
        return done

    def run(self, *arguments, now=None, **options):
        """A run's report: what was planned and exported, by kind; problems."""
        when = ["--now", now] if now else []
        done = self.command("--format", "json", "run", *arguments, *when, **options)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        report = json.loads(lines[-1]) if lines else {}
        report["planned"] = {kind: count for kind, count in report.get("planned", {}).items() if count}
        return report

    def plans(self, expected, what, *arguments, **options):
        """A run plans this and nothing else."""
        report = self.run(*arguments, **{"now": NOW, **options})
        expect(report["planned"] == expected, what, report)

    def planned(self, *arguments, **options):
        return sum(self.run(*arguments, **options)["planned"].values())
