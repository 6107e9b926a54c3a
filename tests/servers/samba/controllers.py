"""Several naming contexts of a forest, and several controllers of a domain."""

from witness import NOW, expect
from world import ADDRESS, contact_of, no_contact_of, offices

SECOND = "127.0.0.15"


def naming_contexts(world):
    """Each naming context has a watermark of its own; one that comes later is read whole, one that goes is gone."""
    abc, xyz = world.abc, world.xyz
    configuration = f"CN=Configuration,{abc.domain}"
    # The configuration partition stands for a second domain: it is the one more context that this forest has.
    both = f'domains = ["{abc.domain}", {{ dn = "{configuration}", url = "ldaps://{ADDRESS["abc"]}" }}]'
    several = {"more": both, "sources": f'["OU=Partners,{abc.domain}", "CN=People,{configuration}"]'}
    abc.change(f"dn: CN=People,{configuration}\nchangetype: add\nobjectClass: container\n")
    there = abc.user("Test Afar", f"CN=People,{configuration}", objectClass="contact", sAMAccountName=[],
                     targetAddress="SMTP:test.afar@abc.example", msExchHomeServerName=[], msExchRecipientTypeDetails="64")
    here = abc.user("Test Near", offices(world))
    madrigal = world.madrigal()
    madrigal.plans({"add": 1}, "with the domain alone, the person there comes")
    madrigal.configure(world.configuration(abc=several))
    madrigal.plans({"add": 1}, "the second context comes, and is read whole")
    madrigal.plans({}, "the run after plans nothing")
    abc.replace(there, "title", "far")
    madrigal.plans({"modify": 1}, "a change in the second")
    abc.replace(here, "title", "near")
    madrigal.plans({"modify": 1}, "a change in the first")
    for person, name in ((here, "Test Near*"), (there, "Test Afar*")):
        expect(contact_of(xyz, name, "title")[1]["title"], "it came", name)
        abc.delete(person)
    madrigal.plans({"hide": 2}, "both are deleted")


def fallback(world):
    """A second controller takes over and has not heard of everything: nothing is lost, nothing is made twice."""
    abc, xyz = world.abc, world.xyz
    # The second one is the first as it was, under an identity and an address of its own, and nobody tells it anything.
    world.shell(
        "forest_stop abc; rm -rf $FORESTS/abc2; cp -a $FORESTS/abc $FORESTS/abc2; "
        f'/usr/bin/python3 "$samba_folder/twin.py" $FORESTS/abc $FORESTS/abc2 {ADDRESS["abc"]} {SECOND}; '
        f"forest_start abc {ADDRESS['abc']}; forest_start abc2 {SECOND}"
    )
    try:
        for method in ("dirsync", "changes"):
            two = {"url": [f"ldap://{ADDRESS['abc']}", f"ldap://{SECOND}"], "more": f'insecure = true\nimport = "{method}"'}
            madrigal = world.fresh(f"fallback-{method}", abc=two)
            madrigal.plans({}, f"{method}: nothing to do")
            here = abc.user(f"Test Near {method}", offices(world))
            xyz.user(f"Test Other {method}", f"OU=Offices,{xyz.domain}")
            planned = madrigal.run(now=NOW)["planned"]
            expect(planned == {"add": 2}, f"{method}: two people, one in each forest", planned)
            world.shell("forest_stop abc")
            done = madrigal.command("run", "--now", NOW, allowed=(0, 1))
            expect("MDR-D019" in done.stdout, f"{method}: it is said that another server is read", done.stdout)
            expect(contact_of(xyz, f"Test Near {method}*", "1.1"), f"{method}: who is not there yet is not gone")
            hidden = contact_of(xyz, f"Test Near {method}*", "msExchHideFromAddressLists")[1]
            expect("TRUE" not in hidden.get("msExchHideFromAddressLists", []), f"{method}: nor hidden", hidden)
            world.shell(f"forest_start abc {ADDRESS['abc']}")
            planned = madrigal.run(now=NOW)["planned"]
            expect(not planned, f"{method}: the first one is back, and nothing is to do", planned)
            mine = abc.search(f"(displayName=Test Other {method}*)", "1.1", base=f"OU=Address List,{abc.domain}")
            expect(len(mine) == 1, f"{method}: one contact", mine)
            abc.delete(here)
            planned = madrigal.run(now=NOW)["planned"]
            expect(planned == {"hide": 1}, f"{method}: a delete is seen", planned)
    finally:
        world.shell("forest_stop abc2")
    expect(no_contact_of(xyz, "Nobody*"), "nobody else")
