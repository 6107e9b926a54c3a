"""The first load."""

from witness import NOW, expect
from world import contact_of, offices



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


# What a person's contact has as the person has it: every attribute that the rules send across.
SAME = {
    "givenName": "Jed", "sn": "Hill", "initials": "J", "middleName": "Jonas", "personalTitle": "Dr", "generationQualifier": "Jr",
    "title": "Directory engineer", "department": "Identität", "company": "ABC", "division": "Platforms", "info": "two\r\nlines",
    "physicalDeliveryOfficeName": "3.14", "telephoneNumber": "+1 555 0100", "mobile": "+1 555 0101",
    "facsimileTelephoneNumber": "+1 555 0102", "homePhone": "+1 555 0103", "pager": "+1 555 0104", "ipPhone": "0105",
    "telephoneAssistant": "+1 555 0106", "otherTelephone": ["+1 555 0107", "+1 555 0108"], "otherMobile": ["+1 555 0109"],
    "otherFacsimileTelephoneNumber": ["+1 555 0110"], "otherHomePhone": ["+1 555 0111"], "otherPager": ["+1 555 0112"],
    "streetAddress": "1 Main Street\r\nSecond floor", "l": "Bozen", "st": "Südtirol", "postalCode": "39100", "co": "Italy", "c": "IT",
    "countryCode": "380", "wWWHomePage": "https://abc.example/jed", "textEncodedORAddress": "c=us;a= ;p=ABC;o=Exchange;s=Hill;g=Jed;",
    "internetEncoding": "1310720", "msExchAssistantName": "Tilda Marsh", "msDS-PhoneticDisplayName": "ジェド ヒル",
    "msDS-PhoneticFirstName": "ジェド", "msDS-PhoneticLastName": "ヒル", "msDS-HABSeniorityIndex": "7",
    "thumbnailPhoto": b"\xff\xd8\xff\xe0\x00\x10JFIF", "userCertificate": [b"0\x03\x02\x01\x07"],
    "userSMIMECertificate": [b"0\x03\x02\x01\x08"], "msRTCSIP-PrimaryUserAddress": "sip:jed.hill.2@abc.example",
    **{f"extensionAttribute{number}": f"value {number}" for number in range(1, 16)},
}
# What a directory keeps of every object by itself.
GIVEN = set(
    "distinguishedName instanceType whenCreated whenChanged uSNCreated uSNChanged name objectGUID objectCategory".split()
)


def jed_hill(world):
    """Jed Hill is made in ABC with every attribute there is, and his contact in XYZ has them, and nothing else."""
    madrigal = world.madrigal()
    abc, xyz = world.abc, world.xyz
    boss, assistant = abc.user("Test Boss", offices(world)), abc.user("Test Aide", offices(world))
    legacy = "/o=ABC/ou=Exchange Administrative Group/cn=Recipients/cn=jed.hill.2"
    abc.user(
        "Jed Hill the Second", offices(world), **SAME, displayName="Jed Hill", sAMAccountName="jed.hill.2",
        mail="jed.hill.2@abc.example", mailNickname="jed.hill.2", legacyExchangeDN=legacy, manager=boss, assistant=assistant,
        proxyAddresses=["SMTP:jed.hill.2@abc.example", "smtp:jhill2@abc.example", "X400:c=us;a= ;p=ABC;s=Hill;"],
    )
    planned = madrigal.run(now=NOW)["planned"]
    expect(planned == {"add": 3}, "three people are new", planned)
    name, contact = contact_of(xyz, "Jed Hill \\28ABC\\29)(telephoneNumber=+1 555 0100", "*")
    expect(name.startswith("CN=Jed Hill the Second,"), "its name", name)
    expected = {key: sorted(value) if isinstance(value, list) else [value] for key, value in SAME.items()}
    expected |= {
        "objectClass": sorted(["top", "person", "organizationalPerson", "contact"]),
        "cn": ["Jed Hill the Second"], "displayName": ["Jed Hill (ABC)"], "mail": ["jed.hill.2@abc.example"],
        "mailNickname": ["jed.hill.2"], "targetAddress": ["SMTP:jed.hill.2@abc.example"],
        "proxyAddresses": sorted([
            "SMTP:jed.hill.2@abc.example", "smtp:jhill2@abc.example", "X400:c=us;a= ;p=ABC;s=Hill;",
            "sip:jed.hill.2@abc.example", f"X500:{legacy}",
        ]),
        "msExchOriginatingForest": ["abc.example"], "mAPIRecipient": ["FALSE"],
        # 0x80000006: a mailbox user of another forest.
        "msExchRecipientDisplayType": ["-2147483642"],
        "manager": [contact_of(xyz, "Test Boss*")[0]], "assistant": [contact_of(xyz, "Test Aide*")[0]],
    }
    found = {key: sorted(values) for key, values in contact.items() if key not in GIVEN}
    exchange = "/o=XYZ/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=jed.hill.2-"
    expect(found.pop("legacyExchangeDN")[0].startswith(exchange), "its legacyExchangeDN", contact["legacyExchangeDN"])
    expect(found.pop("adminDescription")[0].startswith("madrigal/"), "its stamp", contact["adminDescription"])
    found["assistant"] = [value.rsplit(">;", 1)[-1] for value in found.get("assistant", [])]
    for key in sorted({*found, *expected}):
        same = [value if isinstance(value, bytes) else value.encode() for value in found.get(key, [])]
        wanted = [value if isinstance(value, bytes) else value.encode() for value in expected.get(key, [])]
        expect(sorted(same) == sorted(wanted), f"Jed Hill's {key}", found.get(key), expected.get(key))
    madrigal.plans({}, "the next run plans nothing")
