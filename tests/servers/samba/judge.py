#!/usr/bin/env python3
"""judge.py MADRIGAL FOLDER

Two forests of Samba, filled with the people of examples/abc-xyz, share one address list. What comes of it is looked at
with OpenLDAP's clients. `forests.sh` makes and starts the forests in FOLDER and runs this.
"""

import pathlib
import shutil
import subprocess
import sys
import time

from proxy import Proxy
from witness import Failed, Forest, Madrigal, expect

HERE = pathlib.Path(__file__).resolve().parent
ADDRESS = {"abc": "127.0.0.11", "xyz": "127.0.0.12"}
NOW = "2026-03-02T08:00"

CONFIGURATION = """
[connector.abc]
type = "active-directory"
url = {abc[url]!r}
ca-file = {abc[ca]!r}
bind = {{ dn = {abc[bind]!r}, password = {{ env = "FOREST_PASSWORD" }} }}
{abc[more]}
mail-domains = ["abc.example"]
container = "OU=Address List,DC=abc,DC=example"
source-contacts = ["OU=Partners,DC=abc,DC=example"]
administrative-group = "/o=ABC/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients"

[connector.xyz]
type = "active-directory"
url = {xyz[url]!r}
ca-file = {xyz[ca]!r}
bind = {{ dn = {xyz[bind]!r}, password = {{ env = "FOREST_PASSWORD" }} }}
{xyz[more]}
mail-domains = ["xyz.example"]
container = "OU=Address List,DC=xyz,DC=example"
source-contacts = ["OU=Partners,DC=xyz,DC=example"]
administrative-group = "/o=XYZ/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients"

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


class World:
    """The forests, and ways to begin anew."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.abc, self.xyz = (
            Forest(name, f"ldap://{ADDRESS[name]}", f"DC={name},DC=example") for name in ("abc", "xyz")
        )
        self.forests = [self.abc, self.xyz]

    def shell(self, text):
        """A line of shell with the functions of forest.sh."""
        done = subprocess.run(
            ["bash", "-c", f'set -eu; . "{HERE}/forest.sh"; {text}'],
            capture_output=True, text=True, check=False, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "FORESTS": str(self.folder)},
        )
        expect(done.returncode == 0, text, done.stderr[-500:])

    def ca(self, name):
        return str(self.folder / name / "private/tls/ca.pem")

    def configuration(self, **changes):
        values = {
            name: {
                "url": f"ldaps://{ADDRESS[name]}",
                "ca": self.ca(name),
                "bind": f"svc-madrigal@{name}.example",
                "more": "",
                **changes.get(name, {}),
            }
            for name in ("abc", "xyz")
        }
        return CONFIGURATION.format(**values).replace("'", '"')

    def madrigal(self, name="main", **changes):
        return Madrigal(self.binary, self.folder / "work" / name, self.configuration(**changes))

    def reset(self, *names):
        for name in names or ("abc", "xyz"):
            self.shell(f"forest_reset {name} {ADDRESS[name]}")

    def keep(self):
        """Both forests as they are become what `restore` goes back to."""
        for name in ("abc", "xyz"):
            self.shell(f"forest_stop {name}; cp -a $FORESTS/{name} $FORESTS/{name}.kept; forest_start {name} {ADDRESS[name]}")

    def restore(self, *names):
        for name in names or ("abc", "xyz"):
            self.shell(
                f"forest_stop {name} KILL; rm -rf $FORESTS/{name}; cp -a $FORESTS/{name}.kept $FORESTS/{name}; "
                f"forest_start {name} {ADDRESS[name]}"
            )


def contact_of(forest, name, *attributes):
    return forest.one(f"(&(objectClass=contact)(displayName={name}))", *attributes,
                      base=f"OU=Address List,{forest.domain}")


def no_contact_of(forest, name):
    found = forest.search(f"(&(objectClass=contact)(displayName={name}))", "1.1", base=f"OU=Address List,{forest.domain}")
    return not found


# The first load ---------------------------------------------------------------------------------------------------


def first_load(world):
    """Both ways, previewed first; the second run has nothing to do; the contact has what the person has."""
    madrigal = world.madrigal()
    checked = madrigal.command("check").stdout
    for words in ("deletes in DC=abc,DC=example are seen at once", "contacts can be made in OU=Address List,DC=xyz,DC=example"):
        expect(words in checked, "check says", words, checked)
    count = lambda: sum(len(forest.contacts("1.1")) for forest in world.forests)
    before = count()
    preview = madrigal.command("--format", "csv", "preview", "--now", NOW).stdout
    expect("Jed Hill" in preview, "the preview shows Jed Hill", preview[:500])
    expect(count() == before, "a preview writes nothing")
    report = madrigal.run(now=NOW)
    adds = report["planned"]["add"]
    written = count() - before
    expect(adds > 200 and written == adds, "every planned contact is written", adds, written, report)
    again = madrigal.planned(now=NOW)
    expect(again == 0, "a second run plans nothing", again)
    jed, person = (
        forest.one(f"(&(objectClass={kind})(displayName={name})(telephoneNumber=*)(thumbnailPhoto=*))", "*")[1]
        for forest, kind, name in ((world.xyz, "contact", "Jed Hill \\28ABC\\29"), (world.abc, "user", "Jed Hill"))
    )
    for name in ("givenName", "sn", "title", "department", "company", "telephoneNumber", "mobile", "mail",
                 "physicalDeliveryOfficeName", "streetAddress", "l", "postalCode", "co", "c", "msRTCSIP-PrimaryUserAddress"):
        expect(jed.get(name) == person.get(name), f"Jed Hill's {name}", jed.get(name), person.get(name))
    primary = [value for value in person["proxyAddresses"] if value.startswith("SMTP:")]
    expect(jed["targetAddress"] == primary, "his target address", jed["targetAddress"], primary)
    expect(jed["msExchOriginatingForest"] == ["abc.example"], "his forest", jed["msExchOriginatingForest"])
    sip = person["msRTCSIP-PrimaryUserAddress"][0]
    x500 = "X500:" + person["legacyExchangeDN"][0]
    for value in (primary[0], sip, x500):
        expect(value in jed["proxyAddresses"], "his proxy addresses", value, jed["proxyAddresses"])
    expect(jed["adminDescription"], "his stamp")
    assistant = world.xyz.one("(objectClass=*)", "displayName", base=jed["assistant"][0], scope="base")[1]
    expect(assistant["displayName"] == ["Tilda Marsh (ABC)"], "his assistant's contact", assistant)
    world.keep()


# Changes, as section by section of what a directory tells --------------------------------------------------------


def offices(world):
    return f"OU=Offices,{world.abc.domain}"


def changes(world):
    """Every kind of change of a source arrives by a delta, and the run after it plans nothing."""
    madrigal = world.madrigal()
    abc, xyz = world.abc, world.xyz
    people = offices(world)

    def step(what, check, planned=None):
        report = madrigal.run(now=NOW)
        counts = report["planned"]
        try:
            check()
        except Failed as error:
            raise Failed(f"{what}: {error}; {report}") from error
        if planned is not None:
            expect(counts == planned, f"{what}: planned", counts, planned)
        again = madrigal.planned(now=NOW)
        expect(again == 0, f"{what}: the next run plans nothing", again)

    def equals(name, attribute, *values):
        def check():
            found = contact_of(xyz, name, attribute)[1].get(attribute, [])
            expect(sorted(found) == sorted(values), f"{name}'s {attribute}", found)
        return check

    dn = abc.user("Test Person", people, telephoneNumber="+49 1", title="Tester")
    step("created", equals("Test Person*", "telephoneNumber", "+49 1"), {"add": 1})
    abc.replace(dn, "telephoneNumber", "+49 2")
    step("modified", equals("Test Person*", "telephoneNumber", "+49 2"), {"modify": 1})
    abc.replace(dn, "title")
    step("value removed", equals("Test Person*", "title"), {"modify": 1})
    abc.replace(dn, "telephoneNumber", "+49 2")
    abc.replace(dn, "scriptPath", "nothing that is synchronised")
    step("nothing that counts", lambda: None, {})
    abc.change(f"dn: {dn}\nchangetype: modify\nadd: proxyAddresses\nproxyAddresses: smtp:tp@abc.example\n")
    step("value added", lambda: expect("smtp:tp@abc.example" in contact_of(xyz, "Test Person*", "proxyAddresses")[1]["proxyAddresses"], "the address came"), {"modify": 1})
    abc.rename(dn, "CN=Test Renamed")
    abc.replace(f"CN=Test Renamed,{people}", "displayName", "Test Renamed")
    dn = f"CN=Test Renamed,{people}"
    step("renamed", lambda: expect(contact_of(xyz, "Test Renamed*")[0].startswith("CN=Test Renamed,"), "the contact's name"), {"rename": 1})
    abc.change(f"dn: OU=Testers,{people}\nchangetype: add\nobjectClass: organizationalUnit\n")
    abc.rename(dn, "CN=Test Renamed", f"OU=Testers,{people}")
    dn = f"CN=Test Renamed,OU=Testers,{people}"
    step("moved", lambda: contact_of(xyz, "Test Renamed*"), {})
    abc.rename(f"OU=Testers,{people}", "OU=Examiners")
    dn = f"CN=Test Renamed,OU=Examiners,{people}"
    abc.replace(dn, "telephoneNumber", "+49 3")
    step("container renamed", equals("Test Renamed*", "telephoneNumber", "+49 3"), {"modify": 1})
    boss = abc.user("Test Boss", people)
    abc.replace(dn, "manager", boss)
    def has_manager():
        found = contact_of(xyz, "Test Renamed*", "manager")[1]["manager"][0]
        expect(found.startswith("CN=Test Boss"), "the manager's contact", found)
    step("manager set", has_manager, {"add": 1, "modify": 1})
    other = abc.user("Test Chief", people)
    abc.replace(dn, "manager", other)
    def other_manager():
        found = contact_of(xyz, "Test Renamed*", "manager")[1]["manager"]
        expect(len(found) == 1 and found[0].startswith("CN=Test Chief"), "the other manager's contact", found)
    step("manager changed", other_manager, {"add": 1, "modify": 1})
    abc.replace(dn, "manager")
    step("manager removed", equals("Test Renamed*", "manager"), {"modify": 1})
    abc.user("Test Passing", people)
    abc.delete(f"CN=Test Passing,{people}")
    step("created and deleted between polls", lambda: expect(no_contact_of(xyz, "Test Passing*"), "no contact"), {})
    abc.delete(boss)
    step("deleted", lambda: equals("Test Boss*", "msExchHideFromAddressLists", "TRUE")(), {"hide": 1})
    undelete(abc, "Test Boss", boss)
    abc.replace(boss, "displayName", "Test Boss")
    for name, values in (("mail", ["test.boss@abc.example"]), ("mailNickname", ["test.boss"]),
                         ("proxyAddresses", ["SMTP:test.boss@abc.example"]),
                         ("legacyExchangeDN", ["/o=Test/ou=Exchange/cn=Recipients/cn=test.boss"]),
                         ("telephoneNumber", ["+49 5"]), ("msExchHomeServerName", ["/o=Test/cn=MBX1"]), ("msExchRecipientTypeDetails", ["1"])):
        abc.replace(boss, name, *values)
    step("undeleted", lambda: expect("TRUE" not in contact_of(xyz, "Test Boss*", "msExchHideFromAddressLists")[1].get("msExchHideFromAddressLists", []), "it is back"))
    contact = contact_of(xyz, "Test Boss*")[0]
    xyz.replace(contact, "telephoneNumber", "somebody else's")
    xyz.replace(contact, "description", "somebody else's")
    step("put back", equals("Test Boss*", "telephoneNumber", "+49 5"), {"modify": 1})
    equals("Test Boss*", "description", "somebody else's")()
    xyz.delete(contact)
    step("made again", lambda: contact_of(xyz, "Test Boss*"))
    abc.delete(boss)
    step("deleted again", lambda: contact_of(xyz, "Test Boss*"), {"hide": 1})
    madrigal.run(now="2026-05-02T08:00")
    expect(no_contact_of(xyz, "Test Boss*"), "after the grace period the contact goes")


def undelete(forest, cn, dn):
    """Brings a tombstone back, as MS-ADTS section 3.1.1.5.3.7 has it."""
    graves = forest.search(
        f"(&(isDeleted=TRUE)(cn={cn}*))", "objectGUID", base=f"CN=Deleted Objects,{forest.domain}",
        controls=["!1.2.840.113556.1.4.417"],
    )
    expect(len(graves) == 1, "one tombstone", graves)
    grave = graves[0][0].replace("\n", "\\0A")
    forest._run(
        "ldapmodify", "-e", "!1.2.840.113556.1.4.417",
        text=f"dn: {grave}\nchangetype: modify\ndelete: isDeleted\n-\nreplace: distinguishedName\ndistinguishedName: {dn}\n-\n",
    )


def groups(world):
    """Members that come and go do not change a contact; a group's own attributes do."""
    madrigal = world.madrigal()
    abc, xyz = world.abc, world.xyz
    dn, group = next(
        (dn, found) for dn, found in abc.search("(&(objectClass=group)(mail=*)(member=*))", "mail", "member")
        if xyz.search(f"(&(objectClass=contact)(targetAddress=SMTP:{found['mail'][0]}))", "1.1")
    )
    member = group["member"][0]
    for change in ("delete", "add"):
        abc.change(f"dn: {dn}\nchangetype: modify\n{change}: member\nmember: {member}\n")
        planned = madrigal.planned(now=NOW)
        expect(planned == 0, f"{change} a member plans nothing", planned)
    abc.replace(dn, "info", "a note")
    planned = madrigal.run(now=NOW)["planned"]
    expect(planned == {"modify": 1}, "the group's own attribute flows", dn, planned)


# What goes wrong --------------------------------------------------------------------------------------------------


def store_lost(world):
    """State lost, directories kept: everything is adopted by its stamp again, nothing is made, nothing changed."""
    madrigal = world.madrigal()
    before = sorted(dn for dn, _ in world.xyz.contacts("1.1"))
    madrigal.forget()
    planned = madrigal.run(now=NOW)["planned"]
    expect(not planned, "nothing is planned", planned)
    expect(sorted(dn for dn, _ in world.xyz.contacts("1.1")) == before, "the contacts are the same")


def put_back(world):
    """A forest is put back to an older state under a store that lives on: read whole, nothing wrongly deleted."""
    madrigal = world.madrigal()
    world.abc.user("Test Future", offices(world))
    expect(madrigal.run(now=NOW)["planned"] == {"add": 1}, "somebody new")
    world.restore("abc")
    planned = madrigal.run(now=NOW)["planned"]
    expect(planned.get("hide", 0) >= 1, "who is not there any more is hidden", planned)
    expect(not planned.get("delete") and not planned.get("add"), "nobody else is touched", planned)
    world.restore("xyz")
    madrigal.forget()
    madrigal.run(now=NOW)
    expect(madrigal.planned(now=NOW) == 0, "both are even again")


def cut_connections(world):
    """A connection that is cut in the middle of an import or an export loses nothing and makes nothing twice."""
    for where, octets in (("import", 40_000), ("import", 150_000), ("export", 60_000), ("export", 300), ("export", 20_000)):
        for name in ADDRESS:
            world.reset(name)
            fill(world, name)
        with Proxy((ADDRESS["xyz"], 389)) as proxy:
            madrigal = world.madrigal("cut", xyz={"url": f"ldap://127.0.0.1:{proxy.port}", "more": "insecure = true"})
            madrigal.forget()
            if where == "import":
                proxy.cut_after(from_server=octets)
                madrigal.run(now=NOW, allowed=(0, 1, 4))
            else:
                madrigal.command("import", "--now", NOW)
                proxy.cut_after(from_client=octets, times=2)
                madrigal.run(now=NOW, allowed=(0, 1, 4))
            expect(proxy.cuts > 0, f"{where}: a connection was cut after {octets} octets")
            proxy.heal()
            madrigal.run(now=NOW)
            again = madrigal.planned(now=NOW)
            expect(again == 0, f"{where} cut after {octets}: the run after is the last with work", again)
            kept = [found.get("adminDescription", [""])[0] for _, found in world.xyz.contacts("adminDescription")]
            stamps = [stamp for stamp in kept if stamp.startswith("madrigal/")]
            expect(len(stamps) > 100 and len(stamps) == len(set(stamps)), "nobody twice", len(stamps), len(set(stamps)))


def stopped_server(world):
    """A forest that is down is an error with a code; when it is up again, the run goes on."""
    madrigal = world.madrigal()
    world.shell("forest_stop xyz")
    done = madrigal.command("run", "--now", NOW, allowed=(4,))
    expect("MDR-D001" in done.stdout + done.stderr, "it is said", done.stdout, done.stderr)
    world.shell(f"forest_start xyz {ADDRESS['xyz']}")
    expect(madrigal.planned(now=NOW) == 0, "nothing was lost")


def wrong_ways_in(world):
    """Wrong password, wrong authority, wrong name, no password, plain where TLS is asked for."""
    other = world.ca("xyz")
    rows = [
        ("a wrong password", {"bind": "svc-nobody@abc.example"}, {}, "MDR-D003"),
        ("an empty password", {}, {"FOREST_PASSWORD": ""}, "MDR-D004"),
        ("another authority", {"ca": other}, {}, "MDR-D002"),
        ("a name that is not in the certificate", {"url": "ldaps://127.0.0.1:1"}, {}, "MDR-D001"),
        ("no file of authorities", {"ca": "nothing.pem"}, {}, "MDR-D009"),
    ]
    for what, change, environment, code in rows:
        madrigal = world.madrigal("wrong", abc=change)
        madrigal.forget()
        done = madrigal.command("import", allowed=(2, 4), environment=environment)
        expect(code in done.stdout + done.stderr, what, code, done.stdout, done.stderr)
        expect("Passw0rd" not in done.stdout + done.stderr, "the password is not shown")
    madrigal = world.madrigal("plain", abc={"url": "ldap://" + ADDRESS["abc"], "more": "insecure = true"})
    madrigal.forget()
    shown = madrigal.command("run", "--now", NOW).stdout
    expect("MDR-D010" in shown, "a run without TLS says so", shown)
    madrigal = world.madrigal("starttls", abc={"url": "ldap://" + ADDRESS["abc"]})
    madrigal.forget()
    expect(madrigal.planned(now=NOW) == 0, "StartTLS serves as well")


def rights(world):
    """A reader's exports are refused with advice; who cannot see tombstones is told so, and a full import finds out."""
    madrigal = world.madrigal("reader", xyz={"bind": "svc-reader@xyz.example"})
    madrigal.forget()
    checked = madrigal.command("check").stdout
    expect("may not make contacts" in checked and "are not seen before the next full import" in checked, "check", checked)
    world.abc.user("Test Unwritten", offices(world))
    done = madrigal.command("run", "--now", NOW, allowed=(1,))
    expect("MDR-D011" in done.stdout, "the refusal", done.stdout)
    blind = world.madrigal("blind", abc={"bind": "svc-blind@abc.example"})
    blind.forget()
    blind.run(now=NOW)
    world.abc.delete(f"CN=Test Unwritten,{offices(world)}")
    expect(blind.planned(now=NOW) == 0, "the delete is not seen")
    planned = blind.run("--full", now=NOW)["planned"]
    expect(planned == {"hide": 1}, "the full import finds it", planned)


def other_ways(world):
    """The same people by change numbers; switching to them reads everything once."""
    madrigal = world.madrigal("changes", abc={"more": 'import = "changes"'}, xyz={"more": 'import = "changes"'})
    madrigal.forget()
    expect(madrigal.planned(now=NOW) == 0, "what DirSync made is what change numbers see")
    dn = world.abc.user("Test Numbers", offices(world))
    expect(madrigal.run(now=NOW)["planned"] == {"add": 1}, "created")
    world.abc.replace(dn, "title", "Counter")
    expect(madrigal.run(now=NOW)["planned"] == {"modify": 1}, "modified")
    world.abc.replace(dn, "title")
    expect(madrigal.run(now=NOW)["planned"] == {"modify": 1}, "removed")
    world.abc.delete(dn)
    expect(madrigal.run(now=NOW)["planned"] == {"hide": 1}, "deleted")


def fill(world, name):
    people = world.folder / f"{name}.ldif"
    if not people.exists():
        snapshot = HERE.parents[2] / "examples/abc-xyz" / f"{name}.ldif"
        text = subprocess.run([sys.executable, HERE / "people.py", snapshot], capture_output=True, text=True, check=True).stdout
        people.write_text(text, encoding="utf-8")
    forest = world.abc if name == "abc" else world.xyz
    forest.change(people.read_text(encoding="utf-8"))


SCENES = [first_load, changes, groups, store_lost, put_back, cut_connections, stopped_server, wrong_ways_in, rights, other_ways]


def main(binary, folder, *chosen):
    world = World(binary, folder)
    shutil.rmtree(world.folder / "work", ignore_errors=True)
    for name in ("abc", "xyz"):
        world.reset(name)
        fill(world, name)
    for number, scene in enumerate(SCENES):
        if number and chosen and scene.__name__ not in chosen:
            continue
        began = time.monotonic()
        try:
            if number > 1:
                world.restore()
                madrigal = world.madrigal()
                madrigal.forget()
                madrigal.run(now=NOW)
            scene(world)
        except Failed as error:
            print(f"forests: {scene.__name__}: {error}", file=sys.stderr)
            return 1
        print(f"forests: {scene.__name__}: {scene.__doc__.splitlines()[0]} ({time.monotonic() - began:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
