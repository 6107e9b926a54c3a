"""Forests of any size, of the same kind, streamed: every person is a function of the seed and a number."""
import hashlib
import os

from .company import DEPARTMENTS, TITLES
from .forest import CONTACT, EXCHANGE_2013, escape, sid
from .ldif import Writer

UNIT_SIZE = 500
GROUP_EVERY = 100
FIRST = ("Ada Alma Anton Arno Bela Bruno Carla Cleo Dario Dora Edda Elmo Enno Fritz Gero Greta Hanno Hilda Ida Ilja Ivo Jana "
         "Jonas Karl Kira Leo Lina Lore Maja Marlo Mila Nele Nico Odo Olga Otto Paula Pia Quinn Ralf Rosa Sina Sven Tara Till "
         "Ulla Uwe Vera Viggo Wanda Willi Xenia Yara Zeno").split()
ACCENTED = "André Bérénice Ágnes Éva Jürgen Käthe Łucja Márton Noël Øyvind René Šárka Tomáš Zoë".split()
SCRIPTS = ["Алексей", "Γιώργος", "دينا", "明", "Ольга", "Ελένη"]
SYLLABLES = [a + b for a in ("b", "d", "f", "g", "h", "k", "l", "m", "n", "r", "s", "st", "t", "v", "w", "z")
             for b in ("a", "e", "i", "o", "u", "an", "er", "il", "on", "ur")]
ENDINGS = ["mann", "berg", "sen", "ski", "feld", "ow", "ton", "ley", "roth", "eau", "dal", "nik", "lund", "ini"]


class Person:
    """Number `index` of a company: the same wherever it is asked for."""

    __slots__ = ("bits", "given", "sn", "tag", "mail", "cn", "nickname", "department", "kind", "index")

    def __init__(self, seed, key, index):
        bits = int.from_bytes(hashlib.md5(f"{seed}/{key}/{index}".encode(), usedforsecurity=False).digest(), "big")
        self.bits, self.index = bits, index
        given = FIRST[bits % 54 % len(FIRST)]
        sn = SYLLABLES[(bits >> 8) % 160] + SYLLABLES[(bits >> 16) % 160] + ENDINGS[(bits >> 24) % 14]
        sn = sn.capitalize()
        self.tag = f"{index:x}"
        self.nickname = f"{given[:1]}{sn[:8]}{self.tag}".lower()
        self.mail = f"{given}.{sn}{self.tag}@{key}.example".lower()
        if index % 40 == 7:
            given = ACCENTED[(bits >> 32) % len(ACCENTED)]
        elif index % 200 == 13:
            given = SCRIPTS[(bits >> 32) % len(SCRIPTS)]
        elif index % 500 == 77:
            sn += ", Dr."
        self.given, self.sn, self.cn = given, sn, f"{given} {sn}"
        self.department = DEPARTMENTS[(bits >> 40) % len(DEPARTMENTS)]
        place = (bits >> 48) % 1000
        self.kind = ("hidden" if place < 30 else "account" if place < 50 else "remote" if place < 70 else
                     "mail user" if place < 80 else "room" if place < 90 else "mailbox")


def entry_names(seed, key, unit, count):
    """The cn of each person of an organizational unit, made unique in it."""
    people, taken = [], set()
    for index in range(unit * UNIT_SIZE, min((unit + 1) * UNIT_SIZE, count)):
        person = Person(seed, key, index)
        if person.cn in taken:
            person.cn = f"{person.cn} {person.tag}"
        taken.add(person.cn)
        people.append(person)
    return people


def write(folder, people, seed, form):
    """`people` in all, half of them in each forest; a group for every hundred and some contacts besides."""
    half = {"abc": (people + 1) // 2, "xyz": people // 2}
    for key, other in (("abc", "xyz"), ("xyz", "abc")):
        forest(os.path.join(folder, f"{key}.ldif"), seed, key, half[key], other, half[other], form)


def guid(seed, key, what):
    return hashlib.md5(f"{seed}/{key}/guid/{what}".encode(), usedforsecurity=False).digest()


def forest(path, seed, key, count, other, other_count, form):
    company, base = key.upper(), f"DC={key},DC=example"
    configuration = f"CN=Configuration,{base}"
    organization = f"CN={company},CN=Microsoft Exchange,CN=Services,{configuration}"
    legacy = f"/o={company}/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn="
    lists = f"CN=Address Lists Container,{organization}"
    default_list = f"CN=Default Global Address List,CN=All Global Address Lists,{lists}"
    authorities = tuple(int.from_bytes(guid(seed, key, f"sid{part}")[:4], "big") for part in range(3))
    writer = Writer(path, form)

    def structure(rdn, parent, kind, first):
        dn = f"{rdn},{parent}"
        writer.entry(dn, [("objectClass", "top"), *[("objectClass", one) for one in kind], first, ("distinguishedName", dn),
                          ("objectGUID", guid(seed, key, dn))])
        return dn

    structure(f"DC={key}", "DC=example", ("domain", "domainDNS"), ("dc", key))
    people_unit = structure("OU=People", base, ("organizationalUnit",), ("ou", "People"))
    groups = structure("OU=Groups", base, ("organizationalUnit",), ("ou", "Groups"))
    external = structure("OU=External Contacts", base, ("organizationalUnit",), ("ou", "External Contacts"))
    structure("OU=Partners", base, ("organizationalUnit",), ("ou", "Partners"))
    structure("OU=Address List", base, ("organizationalUnit",), ("ou", "Address List"))
    user_classes = [("objectClass", one) for one in ("top", "person", "organizationalPerson", "user")]
    contact_classes = [("objectClass", one) for one in ("top", "person", "organizationalPerson", "contact")]

    for unit in range((count + UNIT_SIZE - 1) // UNIT_SIZE):
        below = structure(f"OU=Unit {unit:05}", people_unit, ("organizationalUnit",), ("ou", f"Unit {unit:05}"))
        people = entry_names(seed, key, unit, count)
        names = [f"CN={escape(person.cn)},{below}" for person in people]
        for at, (person, dn) in enumerate(zip(people, names)):
            writer.entry(dn, user_classes + attributes(person, dn, names[at - at % 12], key, company, seed, authorities,
                                                       legacy, default_list, organization))
        for at in range(0, len(people), GROUP_EVERY):
            number = f"{unit:05}-{at // GROUP_EVERY}"
            dn = f"CN=Team {number},{groups}"
            writer.entry(dn, [
                ("objectClass", "top"), ("objectClass", "group"), ("cn", f"Team {number}"),
                *[("member", name) for name in names[at : at + 20]], ("distinguishedName", dn), ("displayName", f"Team {number}"),
                ("objectGUID", guid(seed, key, dn)), ("groupType", 8), ("sAMAccountName", f"team-{number}"),
                ("proxyAddresses", f"SMTP:team-{number}@{key}.example"), ("mail", f"team-{number}@{key}.example"),
                ("mailNickname", f"team-{number}"), ("legacyExchangeDN", legacy + f"team-{number}"),
                ("msExchRecipientDisplayType", 1), ("msExchRecipientTypeDetails", 256), ("managedBy", names[at]),
            ])
        # One in two hundred of the other company is known here already, by mail.
        for index in range(unit * UNIT_SIZE, min((unit + 1) * UNIT_SIZE, other_count), 200):
            person = Person(seed, other, index)
            dn = f"CN={escape(person.cn)} ({other.upper()} {person.tag}),{external}"
            writer.entry(dn, contact_classes + [
                ("cn", f"{person.cn} ({other.upper()} {person.tag})"), ("distinguishedName", dn), ("displayName", person.cn),
                ("objectGUID", guid(seed, key, dn)), ("proxyAddresses", "SMTP:" + person.mail), ("mail", person.mail),
                ("targetAddress", "SMTP:" + person.mail), ("mailNickname", "x-" + person.nickname),
                ("legacyExchangeDN", legacy + "x-" + person.nickname), ("msExchRecipientDisplayType", CONTACT[0]),
                ("msExchRecipientTypeDetails", CONTACT[1]),
            ])
    writer.close()


def attributes(person, dn, manager, key, company, seed, authorities, legacy, default_list, organization):
    bits, number = person.bits, person.index % 1000
    mail = person.mail
    titles = TITLES[person.department]
    sam = person.nickname[:20]
    pairs = [
        ("cn", person.cn), ("sn", person.sn), ("givenName", person.given), ("distinguishedName", dn), ("instanceType", 4),
        ("whenCreated", "20190604071500.0Z"), ("displayName", person.cn), ("uSNChanged", 20000 + person.index),
        ("objectGUID", guid(seed, key, person.index)), ("objectSid", sid(authorities, 1103 + person.index)),
        ("sAMAccountName", sam), ("userPrincipalName", mail), ("userAccountControl", 514 if person.kind == "room" else 512),
    ]
    if person.kind == "account":
        return pairs
    pairs += [
        ("title", titles[bits % len(titles)]), ("department", person.department), ("company", company),
        ("physicalDeliveryOfficeName", f"{number // 100}.{number % 100:02}"), ("telephoneNumber", f"+1 555 01 {number:03}"),
        ("mobile", f"+1 555 01 {(number + 377) % 1000:03}"), ("streetAddress", f"{number} Long Street"), ("l", "Springfield"),
        ("postalCode", f"{10000 + number}"), ("c", "US"), ("co", "United States"), ("countryCode", 840),
        ("mail", mail), ("mailNickname", person.nickname), ("proxyAddresses", "SMTP:" + mail),
        ("proxyAddresses", f"smtp:{person.nickname}@{key}.example"), ("legacyExchangeDN", legacy + person.nickname),
        ("showInAddressBook", default_list), ("msExchVersion", EXCHANGE_2013),
    ]
    if manager != dn:
        pairs.append(("manager", manager))
    if person.kind in ("remote", "mail user"):
        domain = f"{key}.mail.onmicrosoft.com" if person.kind == "remote" else f"contractors.{key}.example"
        target = f"{person.nickname}@{domain}"
        display, details = (-2147483642, 2147483648) if person.kind == "remote" else (6, 128)
        pairs += [("proxyAddresses", "smtp:" + target), ("targetAddress", "SMTP:" + target)]
    else:
        display, details = (7, 16) if person.kind == "room" else (1073741824, 1)
        database = f"{company}-DB{bits % 20:02}"
        pairs += [
            ("homeMDB", f"CN={database},CN=Databases,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),"
                        f"CN=Administrative Groups,{organization}"),
            ("msExchHomeServerName", f"/o={company}/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Configuration/cn=Servers"
                                     f"/cn={company}-EX{bits % 5:02}"),
            ("msExchMailboxGuid", guid(seed, key, f"mailbox{person.index}")),
        ]
    pairs += [("msExchRecipientDisplayType", display), ("msExchRecipientTypeDetails", details)]
    if person.kind == "hidden":
        pairs.append(("msExchHideFromAddressLists", "TRUE"))
    if person.kind != "room":
        pairs += [("proxyAddresses", "sip:" + mail), ("msRTCSIP-PrimaryUserAddress", "sip:" + mail), ("msRTCSIP-UserEnabled", "TRUE")]
    return pairs
