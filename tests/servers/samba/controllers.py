"""Several naming contexts of a forest, and several controllers of a domain."""

from witness import NOW, Forest, expect
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


def joined(world):
    """A second controller that has joined the domain takes over, with everything or behind, and gives back."""
    abc, xyz = world.abc, world.xyz
    first = abc
    second = Forest("abc", f"ldap://{SECOND}", abc.domain)
    password = '"$forest_password"'
    talking = "sed -i 's/server services = ldap$/server services = ldap, cldap, rpc/'"
    world.shell(
        f"forest_stop abc; {talking} $FORESTS/abc/etc/smb.conf; forest_start abc {ADDRESS['abc']}; rm -rf $FORESTS/abc2; "
        f'/usr/bin/python3 "$samba_folder/joined.py" $FORESTS/abc2 abc.example ABC {SECOND} {ADDRESS["abc"]} {password}; '
        f"{talking} $FORESTS/abc2/etc/smb.conf; forest_start abc2 {SECOND}"
    )
    address = {"abc": ADDRESS["abc"], "abc2": SECOND}

    def heard(name, other):
        """This controller hears what the other one has."""
        world.shell(f'/usr/bin/python3 "$samba_folder/replicate.py" $FORESTS/{name} {address[other]}')

    def start(name):
        world.shell(f"forest_start {name} {address[name]}")

    def stop(name):
        world.shell(f"forest_stop {name}")

    def shown(name):
        """Whether there is one contact of this name in the other forest, and it is not hidden."""
        found = xyz.search(f"(displayName={name}*)", "msExchHideFromAddressLists", base=f"OU=Address List,{xyz.domain}")
        return len(found) == 1 and "TRUE" not in found[0][1].get("msExchHideFromAddressLists", [])

    try:
        # A controller that never heard of another one keeps no account of what it heard.
        heard("abc", "abc2")
        for method in ("dirsync", "changes"):
            two = {"url": [f"ldap://{ADDRESS['abc']}", f"ldap://{SECOND}"], "more": f'insecure = true\nimport = "{method}"'}
            madrigal = world.fresh(f"joined-{method}", abc=two)
            madrigal.plans({}, f"{method}: nothing to do")
            near, late = f"Test Near {method}", f"Test Late {method}"
            dn = first.user(near, offices(world))
            xyz.user(f"Test Other {method}", f"OU=Offices,{xyz.domain}")
            madrigal.plans({"add": 2}, f"{method}: two people, one in each forest")

            heard("abc2", "abc")
            stop("abc")
            done = madrigal.command("run", "--now", NOW)
            expect("MDR-D019" in done.stdout, f"{method}: it is said that another server is read", done.stdout)
            expect(shown(near), f"{method}: who was added before stays")
            madrigal.plans({}, f"{method}: the second one has everything")
            second.replace(dn, "title", "second")
            madrigal.plans({"modify": 1}, f"{method}: a change there")
            second.delete(dn)
            madrigal.plans({"hide": 1}, f"{method}: a delete there")

            dn = second.user(late, offices(world))
            madrigal.plans({"add": 1}, f"{method}: somebody there, of whom the first one has not heard")
            start("abc")
            stop("abc2")
            for time in ("first", "second", "third"):
                done = madrigal.command("run", "--now", NOW)
                expect("When it has heard of everything" in done.stdout, f"{method}: it is said, the {time} time", done.stdout)
                expect(shown(late), f"{method}: who is not there yet is neither gone nor hidden, the {time} time")
            start("abc2")
            heard("abc", "abc2")
            madrigal.run(now=NOW)
            madrigal.plans({}, f"{method}: the first one has heard everything")
            expect(shown(late), f"{method}: nobody was lost")
            expect(not shown(near), f"{method}: who was deleted has not come back")
            first.delete(dn)
            madrigal.plans({"hide": 1}, f"{method}: a delete at the first one")
            mine = first.search(f"(displayName=Test Other {method}*)", "1.1", base=f"OU=Address List,{abc.domain}")
            expect(len(mine) == 1, f"{method}: one contact", mine)
            heard("abc2", "abc")
    finally:
        stop("abc2")
