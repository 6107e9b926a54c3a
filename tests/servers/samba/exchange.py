"""Targets with Exchange, whose address lists a contact has to be in, and targets without."""

import os

from witness import NOW, PASSWORD, expect
from world import contact_of, offices, share

FINISH = {"more": 'finish = "attributes"'}
LISTS = "CN=Address Lists Container,CN=XYZ,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=xyz,DC=example"
EVERY_CONTACT = [f"CN=All Contacts,CN=All Address Lists,{LISTS}", f"CN=Default Global Address List,CN=All Global Address Lists,{LISTS}"]


def plain(values):
    """Names without the extended form that Samba gives them."""
    return sorted(value.rsplit(">;", 1)[-1] for value in values)


def address_lists(world):
    """Contacts get into the address lists of the target's Exchange, which are found; others' lists stay."""
    madrigal = world.madrigal()
    xyz = world.xyz
    shown = madrigal.command("check").stdout
    expect("xyz: contacts will not be in the address lists of CN=XYZ" in shown, "check asks for `finish`", shown)
    ours = lambda *names: [one for one in xyz.contacts("adminDescription", *names) if one[1].get("adminDescription")]
    own = ours()[0][0]
    rooms = f"CN=All Rooms,CN=All Address Lists,{LISTS}"
    xyz.replace(own, "showInAddressBook", rooms)
    madrigal.planned(now=NOW)
    madrigal.configure(world.configuration(xyz=FINISH))
    shown = madrigal.command("check").stdout
    expect("every contact is put into All Contacts, Default Global Address List" in shown, "check tells the lists", shown)
    count = len(ours())
    report = madrigal.run(now=NOW)
    expect(report["planned"] == {"modify": count}, "every contact gets the stamp", count, report)
    for dn, found in ours("showInAddressBook", "msExchVersion", "msExchRecipientTypeDetails", "msExchPoliciesExcluded"):
        wanted = EVERY_CONTACT + ([rooms] if dn == own else [])
        expect(plain(found.get("showInAddressBook", [])) == sorted(wanted), f"the lists of {dn}", found)
        expect(found.get("msExchVersion") == ["88218628259840"], f"the version of {dn}", found)
        expect(found.get("msExchRecipientTypeDetails") == ["64"], f"the kind of {dn}", found)
        expect(found.get("msExchPoliciesExcluded") == ["{26491cfc-9e50-4857-861b-0cb8df22b5d7}"], f"the policy of {dn}", found)
    madrigal.plans({}, "the next run plans nothing")
    # Without its lists every contact would leave them: a target whose lists are not to be seen stops the run.
    xyz.delete(EVERY_CONTACT[0])
    xyz.delete(EVERY_CONTACT[1])
    done = madrigal.command("run", "--now", NOW, allowed=(2,))
    expect("shows no address list" in done.stdout + done.stderr, "the run is refused", done.stdout, done.stderr)


# What Exchange does to a contact that a script names; the script is read, not run.
UPDATE_RECIPIENT = """#!/bin/sh
set -eu
sed -n "s/^    '\\(.*\\)'$/\\1/p" "$1" | while read -r guid; do
    printf 'dn: <GUID=%s>\\nchangetype: modify\\nreplace: showInAddressBook\\nshowInAddressBook: {list}\\n-\\n' "$guid"
    printf 'replace: msExchVersion\\nmsExchVersion: 88218628259840\\n-\\n\\n'
done | ldapmodify -x -H {url} -D {bind} -w {password}
test -z "${{FOREST_PASSWORD:-}}"
"""


def update_recipient(world):
    """Exchange finishes contacts itself: each that was added or changed is handed to a command, by its GUID."""
    xyz, abc = world.xyz, world.abc
    folder = world.folder / "work/finish"
    settings = 'finish = "update-recipient"\nupdate-recipient = { folder = "scripts", hook = ["./exchange"] }'
    madrigal = world.fresh("finish", xyz={"more": settings})
    hook = folder / "exchange"
    hook.write_text(UPDATE_RECIPIENT.format(list=EVERY_CONTACT[0], url=xyz.url, bind=xyz.bind, password=PASSWORD), encoding="utf-8")
    os.chmod(hook, 0o755)
    finished = lambda: {dn for dn, found in xyz.contacts("showInAddressBook") if found.get("showInAddressBook")}
    before = finished()
    # A new store takes them over by their stamps and writes nothing.
    madrigal.plans({}, "nothing is to be written")
    expect(finished() == before and not list(folder.glob("scripts/done/*")), "nothing is handed on", finished())
    abc.user("Test O'Finish", offices(world))
    person = abc.one("(&(objectClass=user)(displayName=Tilda Marsh))", "1.1")[0]
    abc.replace(person, "telephoneNumber", "+1 555 0199")
    madrigal.command("preview", "--now", NOW, allowed=(0, 1))
    expect(finished() == before and not list(folder.glob("scripts/done/*")), "a preview hands nothing on", finished())
    report = madrigal.run(now=NOW)
    expect(report["planned"] == {"add": 1, "modify": 1}, "both are written", report)
    expect(report["update-recipient"]["xyz"]["contacts"] == 2, "both are handed on", report)
    new = {dn.split(",")[0] for dn in finished() - before}
    expect(new == {"CN=Test O'Finish", "CN=Tilda Marsh"}, "Exchange finished these two", new, report)
    madrigal.plans({}, "what Exchange did is left as it is")
    madrigal.plans({}, "also when everything is read", "--full")
    # A run that only exports does not know the new contact's key; the import that shows it hands it on.
    before = finished()
    abc.user("Test Latecomer", offices(world))
    for profile, count in (("abc/delta-import", 0), ("delta-sync", 0), ("xyz/export", 0), ("xyz/delta-import", 0), ("delta-sync", 1)):
        madrigal.run(profile, now=NOW)
        expect(len(finished() - before) == count, f"handed on after {profile}", finished() - before)


def somebody_elses(world):
    """An object that has a person's name and address, and not our stamp, is left as it is."""
    madrigal = world.madrigal(xyz=FINISH)
    abc, xyz = world.abc, world.xyz
    container = f"OU=Address List,{xyz.domain}"
    dn = xyz.contact("Test Twin", container, "test.twin@abc.example", description="somebody else's")
    read = lambda: xyz.one("(objectClass=*)", "*", base=dn, scope="base")[1]
    before = read()
    person = abc.user("Test Twin", offices(world))
    shown = madrigal.command("preview", "--all", "--now", NOW, allowed=(0, 1)).stdout
    expect("CN=Test Twin,OU=Address List,DC=xyz,DC=example stands for this person already, and it is not ours" in shown, "it is reported", shown[-3000:])
    madrigal.run(now=NOW)
    expect(read() == before, "nothing of it changes", before, read())
    addressed = xyz.search("(targetAddress=SMTP:test.twin@abc.example)", "1.1")
    expect([name for name, _ in addressed] == [dn], "nobody else has the address", addressed)
    madrigal.command("run", "--full", "--now", NOW, allowed=(0, 1))
    abc.delete(person)
    madrigal.command("run", "--now", NOW, allowed=(0, 1))
    madrigal.command("run", "--now", "2026-05-02T08:00", allowed=(0, 1))
    expect(read() == before, "nor when the person has left", before, read())


def without_exchange(world):
    """A target without Exchange and Lync in its schema: each attribute is said once, and the rest flows."""
    world.reset("bare")
    bare = world.forest["bare"]
    madrigal = world.fresh("bare", names=("abc", "bare"), shares=share("abc", "bare"))
    lacking = ("targetAddress", "msRTCSIP-PrimaryUserAddress", "extensionAttribute1", "msExchRecipientDisplayType")
    shown = madrigal.command("check").stdout
    for name in lacking:
        words = f"contacts cannot have {name} here"
        expect(shown.count(words) == 1, f"check says it of {name} once", shown)
    count = shown.count("bare: contacts cannot have ")
    shown = madrigal.command("preview", "--all", "--now", NOW).stdout
    told = shown.count("Contacts cannot have ")
    expect(told == count, "the preview says each once", told, count)
    for name in lacking:
        expect(shown.count(f"Contacts cannot have {name} here") == 1, f"the preview says it of {name} once", shown[-3000:])
    report = madrigal.run(now=NOW)
    planned = report["planned"]
    expect(planned.get("add", 0) > 100 and len(planned) == 1, "contacts are made", planned)
    expect(len(bare.contacts("1.1")) == planned["add"], "every one is written", planned)
    jed = bare.one("(&(objectClass=contact)(displayName=Jed Hill)(telephoneNumber=*)(thumbnailPhoto=*))", "*")[1]
    person = world.abc.one("(&(objectClass=user)(displayName=Jed Hill)(telephoneNumber=*)(thumbnailPhoto=*))", "*")[1]
    for name in ("givenName", "sn", "title", "telephoneNumber", "mail", "l", "co", "thumbnailPhoto"):
        expect(jed.get(name) == person.get(name), f"Jed Hill's {name}", jed.get(name), person.get(name))
    madrigal.plans({}, "the next run plans nothing")
    world.stop("bare")
