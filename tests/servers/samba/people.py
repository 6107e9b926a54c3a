#!/usr/bin/env python3
"""people.py SNAPSHOT.ldif

Writes what `ldapadd` needs to fill a forest with the people of an example's snapshot: parents first, without what a
directory gives by itself, references last. What people refer to in the configuration partition (mailbox databases,
address lists, Lync pools) is made as plain containers.
"""

import base64
import sys

# Given by the directory, or not to be written by anybody.
GIVEN = set(
    "distinguishedname instancetype whencreated whenchanged usncreated usnchanged name objectguid objectcategory "
    "objectsid samaccounttype primarygroupid iscriticalsystemobject sidhistory dc cn ou memberof"
    .split()
)
# Written when everybody is there.
LATER = set("member manager managedby assistant authorig dlmemsubmitperms".split())
# Made from the names that people refer to.
ELSEWHERE = set("homemdb showinaddressbook msrtcsip-primaryhomeserver".split())
# A domain has these, or we do without.
LEFT_OUT = {"domainDNS", "computer", "msExchSystemObjectsContainer"}
PRESENT = ("CN=Users,", "CN=Computers,", "CN=Builtin,", "OU=Domain Controllers,", "OU=Address List,DC")
# Exchange's address lists and whom they hold, and the version of an organisation of Exchange 2019.
LISTS = {
    "Default Global Address List": "(&(mailNickname=*)(|(objectClass=user)(objectClass=contact)(objectClass=msExchSystemMailbox)(objectClass=msExchDynamicDistributionList)(objectClass=group)(objectClass=publicFolder)))",
    "All Contacts": "(& (mailnickname=*) (| (&(objectCategory=person)(objectClass=contact)) ))",
    "All Users": "(&(mailNickname=*)(|(&(objectCategory=person)(objectClass=user)(!(homeMDB=*))(!(msExchHomeServerName=*)))(&(objectCategory=person)(objectClass=user)(|(homeMDB=*)(msExchHomeServerName=*)))))",
    "All Groups": "(&(mailNickname=*)(|(objectCategory=group)(objectCategory=msExchDynamicDistributionList)))",
    "All Rooms": "(&(mailNickname=*)(|(msExchRecipientDisplayType=7)(msExchRecipientDisplayType=-2147481850)))",
}
ORGANIZATION_VERSION = 16759
PRESENT_ACCOUNTS = {"Administrator", "Guest", "krbtgt", "Domain Admins", "svc-madrigal"}
NORMAL_ACCOUNT_WITHOUT_PASSWORD = 0x0220


def records(path):
    with open(path, encoding="utf-8") as file:
        text = file.read().replace("\n ", "")
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith("#")]
        pairs = [line.split(":", 1) for line in lines]
        pairs = [(name, value) for name, value in pairs if name != "version"]
        if pairs:
            yield pairs


def plain(value):
    """The value of a line behind its first colon."""
    if value.startswith(":"):
        return base64.b64decode(value[1:].strip()).decode("utf-8", "replace")
    return value.strip()


def depth(dn):
    return dn.replace("\\,", "").count(",")


def main(path):
    adds, later, elsewhere = [], [], {}
    for pairs in records(path):
        dn = plain(pairs[0][1])
        classes = [plain(value) for name, value in pairs if name == "objectClass"]
        is_container = classes[-1] in ("container", "organizationalUnit")
        if classes[-1] in LEFT_OUT or is_container and dn.startswith(PRESENT):
            continue
        account = [plain(value) for name, value in pairs if name == "sAMAccountName"]
        if "Exchange System Objects" in dn or PRESENT_ACCOUNTS.intersection(account):
            continue
        lines, references = [], []
        for name, value in pairs[1:]:
            folded = name.lower()
            if folded in ELSEWHERE:
                elsewhere[plain(value).lower()] = plain(value)
            if folded in GIVEN:
                continue
            if folded == "useraccountcontrol":
                disabled = int(plain(value)) & 2
                value = f" {NORMAL_ACCOUNT_WITHOUT_PASSWORD | disabled}"
            (references if folded in LATER else lines).append((name, value))
        adds.append((depth(dn), pairs[0][1], lines))
        if references:
            later.append((pairs[0][1], references))
    made = set()
    for dn in sorted(elsewhere.values(), key=depth):
        make(dn, made)
    for _, dn, lines in sorted(adds, key=lambda add: add[0]):
        print(f"dn:{dn}\nchangetype: add")
        for name, value in lines:
            print(f"{name}:{value}")
        print()
    for dn, references in later:
        print(f"dn:{dn}\nchangetype: modify")
        for name in dict.fromkeys(name for name, _ in references):
            print(f"add: {name}")
            for other, value in references:
                if other == name:
                    print(f"{name}:{value}")
            print("-")
        print()


def make(dn, made):
    """The containers of a name in the configuration partition, down to it."""
    head, _, services = dn.partition("CN=Services,CN=Configuration,")
    if not services:
        return
    path = "CN=Services,CN=Configuration," + services
    steps = [step for step in head.replace("\\,", "\0").split(",") if step]
    for step in reversed(steps):
        path = f"{step},{path}".replace("\0", "\\,")
        if path.lower() not in made:
            made.add(path.lower())
            head = step.partition("=")[2]
            if "CN=Address Lists Container," in path and head in LISTS:
                print(f"dn: {path}\nchangetype: add\nobjectClass: addressBookContainer\ndisplayName: {head}")
                print(f"purportedSearch: {LISTS[head]}\n")
                continue
            version = path.startswith(f"{step},CN=Microsoft Exchange,CN=Services,")
            more = f"objectVersion: {ORGANIZATION_VERSION}\n" if version else ""
            print(f"dn: {path}\nchangetype: add\nobjectClass: container\n{more}")


if __name__ == "__main__":
    main(sys.argv[1])
