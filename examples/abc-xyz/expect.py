#!/usr/bin/env python3
"""Writes expectations.tsv: what should become of each object of abc.ldif and xyz.ldif, and why.

A second implementation of the selection tables of GALSync's behaviour, made from the description and sharing no
code with the engine or with generate.py, so that a test can set the two against each other. It decides who gets
a contact, not what the contact holds. `expect.py --check` compares with the file that is there.

Columns: connector, verdict, in, reason, failing, kind, objectGUID, dn.

    contact   the directory `in` holds a contact of ours after the first run
    known     the directory `in` has a contact that somebody else made; it is joined and reported, ours is not made
    none      no contact; `reason` is the first condition that fails, `failing` all of them, in the tables' order
    problem   selected, but it cannot be provisioned; `reason` says why
    either    the description leaves it open, or it depends on the order; `reason` says what it is about
"""
import base64
import os
import sys
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
DIRECTORIES = {
    name: {
        "domain": f"{name}.example",
        "managed": f",ou=address list,dc={name},dc=example",
        "source contacts": f",ou=partners,dc={name},dc=example",
    }
    for name in ("abc", "xyz")
}
PLAN, ARBITRATION, DISCOVERY = 0x1000000, 0x800000, 0x20000000
KINDS = [("computer", "computer"), ("user", "user"), ("contact", "contact"), ("group", "group"),
         ("msexchdynamicdistributionlist", "dynamic group")]


class Object:
    def __init__(self, dn, pairs):
        self.dn, self.values = dn, {}
        for name, value in pairs:
            self.values.setdefault(name.lower(), []).append(value)
        classes = {value.decode().lower() for value in self.values["objectclass"]}
        self.kind = next((kind for name, kind in KINDS if name in classes), "structure")
        self.proxies = self.texts("proxyAddresses")
        self.legacy = (self.text("legacyExchangeDN") or "").lower()
        self.guid = str(uuid.UUID(bytes_le=self.values["objectguid"][0]))
        self.mailbox = self.raw("msExchMailboxGuid")

    def raw(self, name):
        return self.values.get(name.lower(), [None])[0]

    def texts(self, name):
        return [value.decode("utf-8") for value in self.values.get(name.lower(), [])]

    def text(self, name):
        return next(iter(self.texts(name)), None)

    def true(self, name):
        return self.text(name) == "TRUE"

    def primary(self):
        return next((proxy[5:].lower() for proxy in self.proxies if proxy.startswith("SMTP:")), None)

    def x500(self):
        return {proxy[5:].lower() for proxy in self.proxies if proxy[:5].lower() == "x500:"}

    def addresses(self):
        """What a contact of this object would own, or what this one owns."""
        own = {proxy.lower() for proxy in self.proxies}
        return own | {"x500:" + self.legacy} if self.legacy else own


def read(path):
    """A content LDIF file, without the niceties: what generate.py writes."""
    for block in open(path, encoding="ascii").read().replace("\n ", "").split("\n\n"):
        pairs = []
        for line in block.splitlines():
            name, _, value = line.partition(":")
            pairs.append((name, base64.b64decode(value[1:]) if value.startswith(":") else value[1:].encode()))
        if pairs:
            yield Object(pairs[0][1].decode("utf-8"), pairs[1:])


def failing(one, name, other):
    """Every condition that keeps an object from being a source, in the order of the description.

    Of contacts the place comes first: elsewhere than in the source containers the other conditions decide nothing.
    """
    place, rules = one.dn.lower(), DIRECTORIES[name]
    target = one.text("targetAddress")
    hidden = one.true("msExchHideFromAddressLists")
    inside = place.endswith(rules["managed"])
    found = []
    if one.kind in ("structure", "computer"):
        return ["not-a-recipient"]
    if one.kind == "user":
        details = int(one.text("msExchRecipientTypeDetails") or 0)
        found += ["hidden"] * hidden
        found += ["no-legacy-exchange-dn"] * (not one.legacy)
        found += ["no-home-server-and-no-target"] * (not one.text("msExchHomeServerName") and not target)
        found += ["no-proxy-addresses"] * (not one.proxies)
        found += ["mailbox-plan"] * (details == PLAN)
        found += ["arbitration-mailbox"] * (details == ARBITRATION)
        found += ["discovery-mailbox"] * (details == DISCOVERY)
    elif one.kind == "contact":
        found += ["managed-container"] * inside
        found += ["outside-source-contacts"] * (not inside and not place.endswith(rules["source contacts"]))
        found += ["no-target-address"] * (not target)
        found += ["hidden"] * hidden
        found += ["no-legacy-exchange-dn"] * (not one.legacy)
        found += ["no-proxy-addresses"] * (not one.proxies)
    else:
        found += ["no-primary-smtp"] * (one.primary() is None)
        found += ["hidden"] * hidden
        found += ["no-legacy-exchange-dn"] * (not one.legacy)
        found += ["no-proxy-addresses"] * (not one.proxies)
    found += ["originating-forest"] * bool(one.text("msExchOriginatingForest"))
    found += ["foreign-target"] * bool(target and target.lower().endswith("@" + DIRECTORIES[other]["domain"]))
    if one.kind != "contact":
        found += ["source-in-managed-container"] * inside
    return found


def judged(one, name, other, directories, sources):
    """(verdict, in, reason) of a selected object."""
    theirs = directories[other]
    for there in theirs:
        if there.kind in ("structure", "computer", "contact"):
            continue
        if one.raw("msExchMasterAccountSid") and one.raw("msExchMasterAccountSid") == there.raw("objectSid"):
            return "none", "", "account-in-target"
        same_mailbox = one.mailbox and one.mailbox == there.mailbox
        same_history = one.legacy in there.x500() or (there.legacy and there.legacy in one.x500())
        if same_mailbox or same_history or (one.primary() and one.primary() == there.primary()):
            return "none", "", "own-recipient-in-target"
    for there in theirs:
        if there.kind != "contact" or there.dn.lower().endswith(DIRECTORIES[other]["source contacts"]):
            continue
        by_x500 = [source for source in sources[name] if source.legacy in there.x500()]
        by_mail = [source for source in sources[name] if source.primary() and source.primary() == there.primary()]
        candidates = by_x500 or by_mail
        if one in candidates:
            return ("known", other, "joined-by-x500" if by_x500 else "joined-by-mail") if len(candidates) == 1 else (
                "either", other, "ambiguous-join")
    if one.kind != "contact" and (one.text("homeMDB") or one.kind != "user"):
        domain = DIRECTORIES[name]["domain"]
        if not any(proxy.lower().startswith("smtp:") and proxy.lower().endswith("@" + domain) for proxy in one.proxies):
            return "problem", "", "no-address-in-mail-domains"
    taken = set().union(*(there.addresses() for there in theirs if there.kind != "structure"))
    if one.addresses() & taken:
        return "problem", "", "address-taken"
    if any(one.addresses() & rival.addresses() for rival in sources[name] if rival is not one):
        return "either", other, "address-shared-in-source"
    if one.true("msExchRequireAuthToSendTo") or one.text("authOrig") or one.text("dLMemSubmitPerms"):
        return "either", other, "closed-to-outsiders"
    return "contact", other, ""


def expectations():
    directories = {name: list(read(os.path.join(HERE, f"{name}.ldif"))) for name in DIRECTORIES}
    others = {"abc": "xyz", "xyz": "abc"}
    sources = {name: [one for one in objects if not failing(one, name, others[name])] for name, objects in directories.items()}
    lines = ["\t".join(("connector", "verdict", "in", "reason", "failing", "kind", "objectGUID", "dn"))]
    for name, objects in directories.items():
        for one in objects:
            conditions = failing(one, name, others[name])
            if conditions:
                verdict, place, reason = "none", "", conditions[0]
                if reason == "source-in-managed-container":
                    verdict = "problem"
            else:
                verdict, place, reason = judged(one, name, others[name], directories, sources)
            lines.append("\t".join((name, verdict, place, reason, ",".join(conditions), one.kind, one.guid, one.dn)))
    return "\n".join(lines) + "\n"


def main():
    path = os.path.join(HERE, "expectations.tsv")
    text = expectations()
    if sys.argv[1:] == ["--check"]:
        if open(path, encoding="utf-8").read() != text:
            sys.exit("expectations.tsv is not what expect.py says of these files")
    else:
        open(path, "w", encoding="utf-8", newline="\n").write(text)


main()
