"""An Active Directory forest with Exchange and Lync, and what its objects look like by default."""
import hashlib
import struct
import unicodedata

EXCHANGE_2013 = 88218628259840
POLICY_EXCLUDED = "{26491cfc-9e50-4857-861b-0cb8df22b5d7}"
SELF_SID = bytes([1, 1, 0, 0, 0, 0, 0, 5, 10, 0, 0, 0])

# msExchRecipientDisplayType and msExchRecipientTypeDetails, as Exchange sets them.
MAILBOX = (1073741824, 1)
LINKED = (1073741824, 2)
SHARED = (0, 4)
ROOM = (7, 16)
EQUIPMENT = (8, 32)
CONTACT = (6, 64)
MAIL_USER = (6, 128)
DISTRIBUTION = (1, 256)
SECURITY = (1073741833, 1024)
DYNAMIC = (3, 2048)
ARBITRATION = (10, 8388608)
PLAN = (0, 16777216)
ROOM_LIST = (1, 268435456)
DISCOVERY = (1073741824, 536870912)
MONITORING = (0, 549755813888)
# Remote mailboxes are "synced": the top bit makes the decimal negative.
REMOTE_MAILBOX = (-2147483642, 2147483648)
REMOTE_ROOM = (-2147481850, 8589934592)

ENABLED, DISABLED = 512, 514
LETTERS = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae", "đ": "d", "ı": "i"})


def ascii_form(text):
    """A name in ASCII letters, for addresses: accents go, other marks too."""
    plain = unicodedata.normalize("NFKD", text.translate(LETTERS))
    return "".join(letter for letter in plain if letter.isascii() and (letter.isalnum() or letter in "-."))


def digest(*words):
    """Sixteen bytes that depend on the words alone."""
    return hashlib.md5("\x1f".join(words).encode("utf-8"), usedforsecurity=False).digest()


def sid(authorities, rid):
    """The binary form of S-1-5-21-a-b-c-rid."""
    return struct.pack("<BB6sLLLLL", 1, 5, b"\0\0\0\0\0\5", 21, *authorities, rid)


def escape(value):
    """An RDN value as Active Directory writes it."""
    out = []
    for at, letter in enumerate(value):
        special = letter in ',+"\\<>;=' or (letter == "#" and at == 0)
        special = special or (letter == " " and at in (0, len(value) - 1))
        out.append("\\" + letter if special else letter)
    return "".join(out)


def thumbnail(shade):
    """A JPEG of eight by eight grey points; shade from 64 to 127."""
    def segment(marker, body):
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
    one_code = bytes([1] + [0] * 15)
    scan = (0 << 15 | (shade & 0x7F) << 8 | 0 << 7 | 0x7F).to_bytes(2, "big")
    return (
        b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xDB, b"\0" + bytes([8] * 64))
        + segment(0xC0, bytes([8, 0, 8, 0, 8, 1, 1, 0x11, 0])) + segment(0xC4, b"\x00" + one_code + b"\x07")
        + segment(0xC4, b"\x10" + one_code + b"\0") + segment(0xDA, bytes([1, 1, 0, 0, 63, 0])) + scan + b"\xff\xd9"
    )


class Office:
    """A place of work: what its people share."""

    def __init__(self, name, street, code, c, co, number, phone, state=None):
        self.name, self.street, self.code, self.c, self.co = name, street, code, c, co
        self.number, self.phone, self.state = number, phone, state


class Entry:
    """An object: its DN and its attributes in the order of an export."""

    def __init__(self, forest, rdn, parent, attributes):
        self.forest, self.dn = forest, f"{rdn},{parent}"
        self.attributes = attributes

    def get(self, name):
        value = self.attributes.get(name)
        return value[0] if isinstance(value, list) else value

    def add(self, name, *values):
        now = self.attributes.get(name)
        self.attributes[name] = (now if isinstance(now, list) else [] if now is None else [now]) + list(values)

    def set(self, **over):
        """Changes attributes; None takes one away. An underscore stands for the hyphen of msRTCSIP-…"""
        for name, value in over.items():
            name = name.replace("msRTCSIP_", "msRTCSIP-").replace("msDS_", "msDS-")
            if value is None:
                self.attributes.pop(name, None)
            else:
                self.attributes[name] = value
        return self

    @property
    def x500(self):
        return "X500:" + self.get("legacyExchangeDN")

    def pairs(self):
        for name, value in self.attributes.items():
            for one in value if isinstance(value, list) else [value]:
                yield name, one


class Forest:
    """One company's directory."""

    def __init__(self, company, authorities, offices, seed):
        self.company, self.authorities, self.offices, self.seed = company, authorities, offices, seed
        self.key = company.lower()
        self.domain = f"{self.key}.example"
        self.base = f"DC={self.key},DC=example"
        self.configuration = f"CN=Configuration,{self.base}"
        self.organization = f"CN={company},CN=Microsoft Exchange,CN=Services,{self.configuration}"
        self.administrative_group = f"/o={company}/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)"
        self.entries, self.next_rid, self.usn, self.phones = [], 1103, 12001, 0

    # Structure

    def put(self, rdn, parent, classes, category, named, over, guid_of=None, created="20190604071500.0Z"):
        self.usn += 7
        name = rdn.split("=", 1)[1]
        plain = named if named is not None else name
        dn = f"{rdn},{parent}" if parent else rdn
        attributes = {"objectClass": ["top", *classes]}
        attributes.update(over.pop("_first", {}))
        attributes.update({
            "distinguishedName": dn, "instanceType": 4, "whenCreated": created,
            "whenChanged": "20261102063000.0Z", "uSNCreated": self.usn, "uSNChanged": self.usn + 40000,
            "name": plain, "objectGUID": digest(self.seed, self.key, guid_of or dn),
            "objectCategory": f"CN={category},CN=Schema,{self.configuration}",
        })
        entry = Entry(self, rdn, parent, attributes)
        entry.dn = dn
        self.entries.append(entry)
        return entry.set(**over)

    def root(self):
        entry = self.put(f"DC={self.key}", "DC=example", ["domain", "domainDNS"], "Domain-DNS", self.key,
                         {"_first": {"dc": self.key}})
        return entry.set(instanceType=5, objectSid=sid(self.authorities, 0)[:-4].replace(b"\1\5", b"\1\4", 1))

    def unit(self, name, parent=None, **over):
        return self.put(f"OU={escape(name)}", parent or self.base, ["organizationalUnit"], "Organizational-Unit", name,
                        {"_first": {"ou": name}, **over}).dn

    def container(self, name, parent=None, kind="container"):
        classes = ["container"] if kind == "container" else ["container", kind]
        return self.put(f"CN={escape(name)}", parent or self.base, classes, "Container", name,
                        {"_first": {"cn": name}}).dn

    # Accounts

    def account(self, cn, parent, sam, control=ENABLED, classes=("user",), **over):
        """A user without mail."""
        entry = self.put(f"CN={escape(cn)}", parent, ["person", "organizationalPerson", *classes], "Person", cn,
                         {"_first": {"cn": cn}}, guid_of="user/" + sam)
        entry.set(userAccountControl=control, countryCode=0, primaryGroupID=513,
                  objectSid=sid(self.authorities, self.next_rid), sAMAccountName=sam, sAMAccountType=805306368,
                  userPrincipalName=f"{sam}@{self.domain}")
        self.next_rid += 1
        return entry.set(**over)

    def legacy(self, cn):
        return f"{self.administrative_group}/cn=Recipients/cn={cn}"

    def lists(self, *names):
        """showInAddressBook for the default list and these."""
        lists = f"CN=Address Lists Container,{self.organization}"
        return [f"CN=Default Global Address List,CN=All Global Address Lists,{lists}"] + [
            f"CN={name},CN=All Address Lists,{lists}" for name in names]

    def recipient(self, entry, nickname, mail, kind, lists):
        """What Exchange stamps on everything that has an address."""
        display, details = kind
        if "@" not in mail:
            mail = f"{mail}@{self.domain}"
        entry.set(
            displayName=entry.get("name"), mail=mail, mailNickname=nickname, proxyAddresses=["SMTP:" + mail],
            legacyExchangeDN=self.legacy(digest(self.key, "legacy", entry.dn).hex()[:12] + "-" + nickname),
            showInAddressBook=lists, msExchRecipientDisplayType=display, msExchRecipientTypeDetails=details,
            msExchVersion=EXCHANGE_2013, msExchALObjectVersion=88,
        )
        return entry

    def mailbox(self, cn, parent, sam, nickname=None, mail=None, kind=MAILBOX, control=ENABLED, lists=None, **over):
        """A user with a mailbox here, without personal attributes."""
        entry = self.account(cn, parent, sam, control)
        self.recipient(entry, nickname or sam, mail or sam, kind, lists or self.lists("All Users"))
        database = int.from_bytes(digest(self.key, "database", sam)[:2], "big") % 4 + 1
        entry.set(
            homeMDB=f"CN={self.company}-DB0{database},CN=Databases,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),"
                    f"CN=Administrative Groups,{self.organization}",
            mDBUseDefaults="TRUE",
            msExchHomeServerName=f"{self.administrative_group}/cn=Configuration/cn=Servers/cn={self.company}-EX0{database % 2 + 1}",
            msExchMailboxGuid=digest(self.seed, self.key, "mailbox/" + sam), msExchUserAccountControl=control & 2,
        )
        return entry.set(**over)

    def person(self, given, sn, office, department, title, sam=None, cn=None, mail=None, nickname=None, kind=MAILBOX,
               sip=True, parent=None, control=ENABLED, latin=None, **over):
        """An employee with a mailbox, a telephone, a desk and an account for Lync."""
        at = self.offices[office]
        first, last = latin or (ascii_form(given), ascii_form(sn))
        sam = sam or (first[:1] + last).lower().replace(" ", "").replace("-", "").replace(".", "")[:20]
        mail = mail or f"{first}.{last}".lower().replace(" ", "-")
        cn = cn or f"{given} {sn}"
        entry = self.mailbox(cn, parent or at.unit, sam, nickname, mail, kind, control)
        mail = entry.get("mail")
        self.phones += 1
        number = 100 + self.phones % 800
        entry.set(
            userPrincipalName=mail, sn=sn, givenName=given, initials=(first[:1] + last[:1]).upper(), title=title,
            department=department, company=f"{self.company} {at.legal}", physicalDeliveryOfficeName=f"{at.name} {number // 100}.{number % 100:02}",
            telephoneNumber=at.phone.format(number), mobile=at.phone.format((number + 377) % 900 + 100),
            streetAddress=at.street, l=at.name, st=at.state, postalCode=at.code, c=at.c, co=at.co, countryCode=at.number,
        )
        if number % 3 == 0:
            entry.set(facsimileTelephoneNumber=at.phone.format((number + 50) % 900 + 100))
        if number % 5 == 0:
            entry.set(homePhone=at.phone.format((number + 61) % 900 + 100), pager=at.phone.format((number + 62) % 900 + 100))
        if number % 4 == 0:
            entry.set(extensionAttribute1=f"CC-{4000 + number}", employeeID=f"{10000 + number}")
        if number % 2 == 0:
            entry.add("proxyAddresses", f"smtp:{sam}@{self.domain}")
        if sip:
            entry.add("proxyAddresses", "sip:" + mail)
            self.lync(entry, "sip:" + mail)
        return entry.set(**over)

    def lync(self, entry, address):
        entry.attributes["msRTCSIP-PrimaryUserAddress"] = address
        entry.attributes["msRTCSIP-UserEnabled"] = "TRUE"
        entry.attributes["msRTCSIP-FederationEnabled"] = "TRUE"
        entry.attributes["msRTCSIP-InternetAccessEnabled"] = "TRUE"
        entry.attributes["msRTCSIP-OptionFlags"] = 257
        entry.attributes["msRTCSIP-PrimaryHomeServer"] = (
            f"CN=Lc Services,CN=Microsoft,CN=1:1,CN=Pools,CN=RTC Service,CN=Services,{self.configuration}")

    def mail_user(self, entry, target, kind=MAIL_USER):
        """Takes the mailbox from a user: mail goes to `target`."""
        for name in ("homeMDB", "mDBUseDefaults", "msExchHomeServerName", "msExchMailboxGuid"):
            entry.attributes.pop(name, None)
        return entry.set(targetAddress="SMTP:" + target, msExchRecipientDisplayType=kind[0], msExchRecipientTypeDetails=kind[1])

    def resource(self, cn, parent, sam, kind, **over):
        """A room, a device or a shared mailbox: a disabled account whose master is itself."""
        names = {ROOM: "All Rooms", EQUIPMENT: "All Equipment"}.get(kind, "All Users")
        entry = self.mailbox(cn, parent, sam, None, sam, kind, DISABLED, self.lists(names), msExchMasterAccountSid=SELF_SID)
        if kind == ROOM:
            entry.set(msExchResourceMetaData="ResourceType:Room", msExchResourceSearchProperties="Room",
                      msExchResourceDisplay="Room", msExchResourceCapacity=12)
        return entry.set(**over)

    # Groups and contacts

    def group(self, cn, parent, sam, security=False, members=(), **over):
        entry = self.put(f"CN={escape(cn)}", parent, ["group"], "Group", cn, {"_first": {"cn": cn}}, guid_of="group/" + sam)
        entry.set(objectSid=sid(self.authorities, self.next_rid), sAMAccountName=sam,
                  sAMAccountType=268435456 if security else 268435457,
                  groupType=-2147483640 if security else 8, member=[one.dn for one in members] or None)
        self.next_rid += 1
        return entry.set(**over)

    def mail_group(self, cn, parent, sam, security=False, members=(), kind=None, mail=None, **over):
        entry = self.group(cn, parent, sam, security, members)
        self.recipient(entry, sam, mail or sam, kind or (SECURITY if security else DISTRIBUTION), self.lists("All Groups"))
        entry.set(msExchRequireAuthToSendTo="FALSE")
        return entry.set(**over)

    def dynamic(self, cn, parent, nickname, filter_text, **over):
        entry = self.put(f"CN={escape(cn)}", parent, ["msExchDynamicDistributionList"], "ms-Exch-Dynamic-Distribution-List",
                         cn, {"_first": {"cn": cn}}, guid_of="dynamic/" + nickname)
        self.recipient(entry, nickname, nickname, DYNAMIC, self.lists("All Groups"))
        entry.set(msExchDynamicDLBaseDN=self.base, msExchDynamicDLFilter=filter_text,
                  msExchQueryFilter="RecipientType -eq 'UserMailbox'")
        return entry.set(**over)

    def contact(self, cn, parent, nickname, target, given=None, sn=None, **over):
        """A mail contact for somebody who is elsewhere."""
        entry = self.put(f"CN={escape(cn)}", parent, ["person", "organizationalPerson", "contact"], "Person", cn,
                         {"_first": {"cn": cn}}, guid_of=f"contact/{parent}/{cn}")
        self.recipient(entry, nickname, target, CONTACT, self.lists("All Contacts"))
        entry.set(givenName=given, sn=sn, targetAddress="SMTP:" + target, mAPIRecipient="FALSE", internetEncoding=1310720)
        return entry.set(**over)
