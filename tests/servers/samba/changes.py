"""Every kind of change that a directory tells."""

from witness import NOW, Failed, expect
from world import contact_of, no_contact_of, offices

# When the grace period of those who left at NOW is over.
LATER = "2026-05-02T08:00"


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


def containers(world):
    """Who lies in a container goes where it goes, though the directory tells of the container alone."""
    madrigal = world.madrigal()
    abc, xyz = world.abc, world.xyz
    partners = f"OU=Partners,{abc.domain}"
    abc.change(f"dn: OU=Guests,{partners}\nchangetype: add\nobjectClass: organizationalUnit\n")
    abc.contact("Test Guest", f"OU=Guests,{partners}", "guest@elsewhere.example")
    madrigal.plans({"add": 1}, "a contact of a source container")
    abc.rename(f"OU=Guests,{partners}", "OU=Visitors")
    madrigal.plans({}, "the container is renamed, and is in a source container still")
    abc.rename(f"OU=Visitors,{partners}", "OU=Visitors", offices(world))
    madrigal.plans({"hide": 1}, "the container is moved out of it")
    abc.rename(f"OU=Visitors,{offices(world)}", "OU=Visitors", partners)
    shown = madrigal.run(now=NOW)["planned"]
    expect(sum(shown.values()) == 1 and not shown.get("add"), "and back: the same contact is shown again", shown)
    madrigal.plans({}, "the next run plans nothing")
    equal = contact_of(xyz, "Test Guest*", "msExchHideFromAddressLists")[1]
    expect("TRUE" not in equal.get("msExchHideFromAddressLists", []), "it is not hidden", equal)


def lists(world):
    """A dynamic distribution list comes, changes and goes like everybody else."""
    madrigal = world.madrigal()
    abc, xyz = world.abc, world.xyz
    dn = f"CN=Test Everybody,{offices(world)}"
    abc.change(
        f"dn: {dn}\nchangetype: add\nobjectClass: msExchDynamicDistributionList\ndisplayName: Test Everybody\n"
        "mail: everybody@abc.example\nmailNickname: test.everybody\nproxyAddresses: SMTP:everybody@abc.example\n"
        "legacyExchangeDN: /o=Test/ou=Exchange/cn=Recipients/cn=everybody\nmsExchDynamicDLFilter: (mailNickname=*)\n"
    )
    madrigal.plans({"add": 1}, "a list")
    kind = contact_of(xyz, "Test Everybody*", "msExchRecipientDisplayType")[1]["msExchRecipientDisplayType"]
    expect(kind == [str(0x80000306 - (1 << 32))], "what kind of contact it is", kind)
    abc.replace(dn, "displayName", "Test Everyone")
    madrigal.plans({"modify": 1}, "its name changes")
    abc.delete(dn)
    madrigal.plans({"hide": 1}, "it goes")


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


def in_groups(world):
    """The preview says of a contact that is to be deleted in how many groups of the target it stands."""
    madrigal = world.madrigal()
    abc, xyz = world.abc, world.xyz
    leavers = [abc.user(f"Test Leaver {number}", offices(world)) for number in range(3)]
    madrigal.plans({"add": 3}, "three come")
    contacts = [contact_of(xyz, f"Test Leaver {number}*")[0] for number in range(3)]
    groups = {"CN=Test Team": contacts[:2], "CN=Test Board": contacts[:1]}
    for rdn, members in groups.items():
        xyz.add(f"{rdn},{xyz.domain}", {"objectClass": "group", "sAMAccountName": rdn[3:], "member": members})
    for dn in leavers:
        abc.delete(dn)
    madrigal.plans({"hide": 3}, "they leave")
    shown = madrigal.command("preview", "--all", "--now", LATER, allowed=(0, 1)).stdout
    lines = shown.splitlines()
    for dn, words in zip(contacts, ("it is in 2 groups of xyz", "it is in 1 group of xyz", None)):
        behind = [after.strip() for line, after in zip(lines, [*lines[1:], ""]) if line.startswith(f"    {dn}")]
        expect(len(behind) == 1, f"{dn} is to be deleted", shown[-3000:])
        expect(behind[0] == words if words else not behind[0].startswith("it is in"), f"the groups of {dn}", behind)
    members = lambda: {rdn: xyz.one("(objectClass=group)", "member", base=f"{rdn},{xyz.domain}", scope="base")[1].get("member") for rdn in groups}
    expect(all(members().values()), "the preview takes nobody out", members())
    madrigal.plans({"delete": 3}, "they go", now=LATER)
    expect(not any(members().values()), "the groups are without them", members())


def delegation(world):
    """With cross-forest delegation a contact has the SIDs of its person: the present one and those before."""
    madrigal = world.madrigal()
    madrigal.planned(now=NOW)
    madrigal.configure(world.configuration(xyz={"more": "cross-forest-delegation = true"}))
    madrigal.run(now=NOW)
    dn = world.abc.user("Test Trusted", offices(world), userAccountControl="544")
    read = lambda: contact_of(world.xyz, "Test Trusted*", "msExchMasterAccountSid", "msExchMasterAccountHistory")[1]
    madrigal.plans({"add": 1}, "somebody new")
    sid = world.abc.one("(objectClass=*)", "objectSid", base=dn, scope="base")[1]["objectSid"]
    expect(read() == {"msExchMasterAccountSid": sid}, "the SID", read(), sid)
    world.shell(f'/usr/bin/python3 "$samba_folder/history.py" "$FORESTS/abc" "{dn}" S-1-5-21-1-2-3-1105')
    madrigal.plans({"modify": 1}, "a SID of an earlier account comes")
    history = world.abc.one("(objectClass=*)", "sIDHistory", base=dn, scope="base")[1]["sIDHistory"]
    expect(read() == {"msExchMasterAccountSid": sid, "msExchMasterAccountHistory": history}, "both", read(), history)
