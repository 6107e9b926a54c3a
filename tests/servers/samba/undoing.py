"""What a run deleted is taken back."""

import json

from witness import NOW, expect
from world import contact_of

# Each behind the grace period of a contact that is hidden at the one before: the clock never goes back.
LATER = "2026-05-02T08:00"
LAST = "2026-07-02T08:00"


def undone_deletes(world):
    """A contact that a run deleted is the same object again where the account may bring it back, else made anew."""
    names = ("objectGUID", "adminDescription", "proxyAddresses", "legacyExchangeDN", "telephoneNumber", "msExchHideFromAddressLists")
    for account, same, before, after in (("administrator", True, NOW, LATER), ("svc-madrigal", False, LATER, LAST)):
        person = f"Undone {account}"
        madrigal = world.madrigal(xyz={"bind": f"{account}@xyz.example"})
        dn = world.abc.user(person, telephoneNumber="+49 5")
        madrigal.run(now=before)
        world.abc.delete(dn)
        madrigal.run(now=before)
        hidden = contact_of(world.xyz, f"{person}*", *names)
        expect(hidden[1]["msExchHideFromAddressLists"] == ["TRUE"], f"{account}: it is hidden", hidden)
        report = madrigal.run(now=after)
        expect(report["planned"] == {"delete": 1}, f"{account}: after the grace period it goes", report)
        seen = said(madrigal, "undo", str(report["run"]), "--now", after)
        counts = (seen["brought-back"], seen["made-anew"])
        # The directory shows that there is something left to bring back; whether one may is seen when it is tried.
        expect(counts == (1, 0), f"{account}: the plan", seen)
        done = said(madrigal, "export", "--plan", seen["plan"], "--now", after)
        exported = {kind: count for kind, count in done["exported"].items() if count}
        expect(exported == {"add": 1}, f"{account}: one is there again", done)
        again = contact_of(world.xyz, f"{person}*", *names)
        key, key_before = again[1].pop("objectGUID"), hidden[1].pop("objectGUID")
        expect((key == key_before) == same, f"{account}: its objectGUID", key, key_before)
        expect(sorted_(again) == sorted_(hidden), f"{account}: everything else is as it was", again, hidden)
        problems = madrigal.command("status").stdout
        expect(("MDR-C037" in problems) != same, f"{account}: what is said", problems)


def said(madrigal, *arguments):
    """The last object that a command prints."""
    done = madrigal.command("--format", "json", *arguments)
    return json.loads([line for line in done.stdout.splitlines() if line.startswith("{")][-1])


def sorted_(found):
    dn, attributes = found
    return dn, {name: sorted(values) for name, values in attributes.items()}
