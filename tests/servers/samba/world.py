"""The forests of the tests, and ways to begin anew."""

import pathlib
import subprocess
import sys

from witness import Forest, Madrigal, expect

HERE = pathlib.Path(__file__).resolve().parent
ADDRESS = {"abc": "127.0.0.11", "xyz": "127.0.0.12", "lmn": "127.0.0.13", "bare": "127.0.0.14"}

CONNECTOR = """
[connector.{name}]
type = "active-directory"
url = {url}
ca-file = "{ca}"
bind = {{ dn = "{bind}", password = {{ env = "FOREST_PASSWORD" }} }}
{more}
mail-domains = ["{name}.example"]
container = "OU=Address List,DC={name},DC=example"
source-contacts = {sources}
administrative-group = "/o={upper}/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients"
"""

SHARE = """
[[share]]
from = "{0}"
to = {1}
rules = "galsync"
"""

ABC_AND_XYZ = """
[[share]]
from = "abc"
to = ["xyz"]
rules = "galsync"
display-name-suffix = " (ABC)"

[[share]]
from = "xyz"
to = ["abc"]
rules = "galsync"
never = ["mobile", "homePhone"]
"""


def share(source, *targets):
    return SHARE.format(source, str(list(targets)).replace("'", '"'))


class World:
    """The forests, as their administrators see them, and the command under test."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.forest = {name: Forest(name, f"ldap://{ADDRESS[name]}", f"DC={name},DC=example") for name in ADDRESS}
        self.abc, self.xyz = self.forest["abc"], self.forest["xyz"]
        self.forests = [self.abc, self.xyz]
        self.running = set()

    def shell(self, text):
        """A line of shell with the functions of forest.sh."""
        done = subprocess.run(
            ["bash", "-c", f'set -eu; . "{HERE}/forest.sh"; {text}'],
            capture_output=True, text=True, check=False, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "FORESTS": str(self.folder)},
        )
        expect(done.returncode == 0, text, done.stderr[-500:])

    def ca(self, name):
        return str(self.folder / name / "private/tls/ca.pem")

    def configuration(self, shares=ABC_AND_XYZ, names=("abc", "xyz"), **changes):
        """The configuration of these forests, each with what is changed of it."""
        text = ""
        for name in names:
            values = {
                "name": name,
                "upper": name.upper(),
                "url": f"ldaps://{ADDRESS[name]}",
                "ca": self.ca(name),
                "bind": f"svc-madrigal@{name}.example",
                "more": "",
                "sources": f'["OU=Partners,DC={name},DC=example"]',
                **changes.get(name, {}),
            }
            values["url"] = f'"{values["url"]}"' if isinstance(values["url"], str) else str(values["url"]).replace("'", '"')
            text += CONNECTOR.format(**values)
        return text + shares

    def madrigal(self, name="main", **changes):
        return Madrigal(self.binary, self.folder / "work" / name, self.configuration(**changes))

    def fresh(self, name, **changes):
        """The same with an empty store."""
        madrigal = self.madrigal(name, **changes)
        madrigal.forget()
        return madrigal

    def reset(self, *names):
        """Forests as they are made, without anybody in them."""
        for name in names or ("abc", "xyz"):
            kind = "bare" if name == "bare" else ""
            self.shell(f"forest_template {name} {ADDRESS[name]} {kind}; forest_reset {name} {ADDRESS[name]}")
            self.running.add(name)

    def stop(self, *names):
        for name in names:
            self.shell(f"forest_stop {name}")
            self.running.discard(name)

    def start(self, name):
        self.shell(f"forest_start {name} {ADDRESS[name]}")
        self.running.add(name)

    def keep(self, label, *names):
        """These forests as they are become what `restore` goes back to."""
        for name in names or ("abc", "xyz"):
            kept = f"$FORESTS/kept/{label}/{name}"
            self.shell(
                f"mkdir -p $FORESTS/kept/{label}; rm -rf {kept}; "
                f"forest_stop {name}; cp -a $FORESTS/{name} {kept}; forest_start {name} {ADDRESS[name]}"
            )

    def restore(self, label, *names):
        for name in names or ("abc", "xyz"):
            self.shell(
                f"forest_stop {name} KILL; rm -rf $FORESTS/{name}; cp -a $FORESTS/kept/{label}/{name} $FORESTS/{name}; "
                f"forest_start {name} {ADDRESS[name]}"
            )
            self.running.add(name)


def offices(world):
    return f"OU=Offices,{world.abc.domain}"


def contact_of(forest, name, *attributes):
    return forest.one(f"(&(objectClass=contact)(displayName={name}))", *attributes,
                      base=f"OU=Address List,{forest.domain}")


def no_contact_of(forest, name):
    found = forest.search(f"(&(objectClass=contact)(displayName={name}))", "1.1", base=f"OU=Address List,{forest.domain}")
    return not found


def fill(world, name):
    """The people of examples/abc-xyz, into their forest."""
    people = world.folder / f"{name}.ldif"
    if not people.exists():
        snapshot = HERE.parents[2] / "examples/abc-xyz" / f"{name}.ldif"
        text = subprocess.run([sys.executable, HERE / "people.py", snapshot], capture_output=True, text=True, check=True).stdout
        people.write_text(text, encoding="utf-8")
    world.forest[name].change(people.read_text(encoding="utf-8"))
