"""Three forests: everybody to everybody, a hub, and a person who moves while the sync runs."""

import itertools

from proxy import Proxy
from witness import NOW, expect
from world import ADDRESS, share

NAMES = ("abc", "lmn", "xyz")
MESH = share("abc", "lmn", "xyz") + share("lmn", "abc", "xyz") + share("xyz", "abc", "lmn")
HUB = share("abc", "lmn") + share("xyz", "lmn") + share("lmn", "abc", "xyz")
# Two people of each forest, besides whoever moves.
PEOPLE = ("First", "Second")
MOVER = "Test Mover"


def small(world):
    """The three forests with few people."""
    world.reset(*NAMES)
    for name in NAMES:
        forest = world.forest[name]
        forest.change(f"dn: OU=Offices,{forest.domain}\nchangetype: add\nobjectClass: organizationalUnit\n")
        for person in PEOPLE:
            forest.user(f"{person} {name.upper()}")


def addressed(world, name):
    """Where the contacts of a forest send to, those that are not hidden."""
    found = world.forest[name].contacts("targetAddress", "msExchHideFromAddressLists")
    return sorted(one["targetAddress"][0] for _, one in found if "TRUE" not in one.get("msExchHideFromAddressLists", []))


def of(*names):
    return sorted(f"SMTP:{person.lower()}.{name}@{name}.example" for name in names for person in PEOPLE)


def mesh_and_hub(world):
    """Three forests: in a mesh everybody is everywhere once, around a hub the spokes do not see each other."""
    others = {"abc": ("lmn", "xyz"), "lmn": ("abc", "xyz"), "xyz": ("abc", "lmn")}
    around = {"abc": ("lmn",), "lmn": ("abc", "xyz"), "xyz": ("lmn",)}
    for what, shares, expected in (("mesh", MESH, others), ("hub", HUB, around)):
        small(world)
        madrigal = world.fresh(what, names=NAMES, shares=shares)
        total = sum(len(of(*names)) for names in expected.values())
        planned = madrigal.run(now=NOW)["planned"]
        expect(planned == {"add": total}, f"{what}: what is planned", planned, total)
        for round_ in ("the first run", "a run that sees the contacts", "a full run"):
            for name in NAMES:
                found = addressed(world, name)
                expect(found == of(*expected[name]), f"{what}, after {round_}: the contacts in {name}", found)
            again = madrigal.planned(*(["--full"] if round_ == "a full run" else []), now=NOW)
            expect(again == 0, f"{what}, after {round_}: nothing is planned", again)
        world.abc.replace(f"CN=First ABC,OU=Offices,{world.abc.domain}", "title", "Anybody")
        planned = madrigal.run(now=NOW)["planned"]
        targets = sum("abc" in names for names in expected.values())
        expect(planned == {"modify": targets}, f"{what}: a change goes to every target", planned)


class Migration:
    """A mailbox that moves from ABC to XYZ, in the steps of its administrators."""

    ORDERS = (("made", "left", "deleted"), ("left", "made", "deleted"), ("left", "deleted", "made"))

    def __init__(self, world):
        self.abc, self.xyz = world.abc, world.xyz
        self.old = f"CN={MOVER},OU=Offices,{self.abc.domain}"

    def step(self, name):
        getattr(self, name)()

    def made(self):
        """XYZ has a mailbox for the person; mail to the old address still finds its way by its X500 address."""
        self.xyz.user(MOVER, proxyAddresses=[
            "SMTP:test.mover@xyz.example", "X500:/o=Test/ou=Exchange/cn=Recipients/cn=test.mover",
        ], legacyExchangeDN="/o=Test/ou=Elsewhere/cn=Recipients/cn=test.mover")

    def left(self):
        """ABC's mailbox is gone, and what remains is no recipient."""
        for name in ("msExchHomeServerName", "legacyExchangeDN", "proxyAddresses", "mailNickname", "mail"):
            self.abc.replace(self.old, name)

    def deleted(self):
        self.abc.delete(self.old)


def mover(world):
    """A person moves from one forest to another while the sync runs: in every order of the steps there is one contact."""
    final = {
        "abc": sorted([*of("lmn", "xyz"), "SMTP:test.mover@xyz.example"]),
        "lmn": sorted([*of("abc", "xyz"), "SMTP:test.mover@xyz.example"]),
        "xyz": of("abc", "lmn"),
    }
    rows = []
    for order in Migration.ORDERS:
        # After which of the first two steps a run is made.
        for runs in itertools.product((False, True), repeat=2):
            rows.append((order, runs, None))
        # One of the steps happens in the middle of a run: XYZ's directory is read last.
        rows += [(order, (True, True), middle) for middle in order]
    small(world)
    world.abc.user(MOVER)
    madrigal = world.fresh("mover", names=NAMES, shares=MESH)
    madrigal.run(now=NOW)
    world.keep("small", *NAMES)
    stored = madrigal.stored()
    for order, runs, middle in rows:
        what = f"{' '.join(order)}, runs {runs}, in the middle of one: {middle}"
        world.restore("small", *NAMES)
        madrigal.put_back(stored)
        migration = Migration(world)
        with Proxy((ADDRESS["xyz"], 389)) as proxy:
            address = {"url": f"ldap://127.0.0.1:{proxy.port}", "more": "insecure = true"}
            madrigal.configure(world.configuration(names=NAMES, shares=MESH, xyz=address if middle else {}))
            for step, run in zip(order, (*runs, True)):
                if step == middle:
                    # The first connection asks for the schema, the second one reads.
                    proxy.before_connection(2, lambda step=step: migration.step(step))
                else:
                    migration.step(step)
                if run or step == middle:
                    madrigal.run(now=NOW, allowed=(0, 1))
                    seen = addressed(world, "lmn")
                    movers = [one for one in seen if "test.mover" in one]
                    expect(len(movers) <= 1, f"{what}: never two contacts", step, movers)
        madrigal.configure(world.configuration(names=NAMES, shares=MESH))
        report = madrigal.run(now=NOW, allowed=(0, 1))
        for name in NAMES:
            found = addressed(world, name)
            expect(found == final[name], f"{what}: the contacts in {name}", found, report)
        stamps = [one["adminDescription"][0] for _, one in world.forest["lmn"].contacts("adminDescription")]
        expect(len(stamps) == len(set(stamps)), f"{what}: nobody twice", stamps)
        again = madrigal.planned(now=NOW, allowed=(0, 1))
        expect(again == 0, f"{what}: the run after plans nothing", again)
    world.stop("lmn")
