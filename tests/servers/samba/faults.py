"""What goes wrong: stores, servers, connections, rights."""

from proxy import Proxy
from witness import NOW, expect
from world import ADDRESS, offices



def store_lost(world):
    """State lost, directories kept: everything is adopted by its stamp again, nothing is made, nothing changed."""
    madrigal = world.madrigal()
    before = sorted(dn for dn, _ in world.xyz.contacts("1.1"))
    madrigal.forget()
    planned = madrigal.run(now=NOW)["planned"]
    expect(not planned, "nothing is planned", planned)
    expect(sorted(dn for dn, _ in world.xyz.contacts("1.1")) == before, "the contacts are the same")


def put_back(world):
    """A forest is put back to an older state under a store that lives on: read whole, nothing wrongly deleted."""
    madrigal = world.madrigal()
    world.abc.user("Test Future", offices(world))
    madrigal.plans({"add": 1}, "somebody new")
    world.restore("loaded", "abc")
    planned = madrigal.run(now=NOW)["planned"]
    expect(planned.get("hide", 0) >= 1, "who is not there any more is hidden", planned)
    expect(not planned.get("delete") and not planned.get("add"), "nobody else is touched", planned)
    world.restore("loaded", "xyz")
    madrigal.forget()
    madrigal.run(now=NOW)
    madrigal.plans({}, "both are even again")


def another_forest(world):
    """A living store is shown another forest: the watermark is not believed there, and nobody is taken for gone."""
    madrigal = world.madrigal()
    before = sorted(dn for dn, _ in world.xyz.contacts("1.1"))
    stranger = {"url": f"ldaps://{ADDRESS['xyz']}", "ca": world.ca("xyz"), "bind": "svc-madrigal@xyz.example"}
    madrigal.configure(world.configuration(abc=stranger))
    done = madrigal.command("run", "--now", NOW, allowed=(3,))
    expect("are gone" in done.stdout + done.stderr, "the run is stopped", done.stdout, done.stderr)
    expect(sorted(dn for dn, _ in world.xyz.contacts("1.1")) == before, "the contacts are the same")
    madrigal.configure(world.configuration())
    planned = madrigal.run(now=NOW)["planned"]
    expect(not planned, "with its own forest nothing is planned", planned)


def cut_connections(world):
    """A connection that is cut in the middle of an import or an export loses nothing and makes nothing twice."""
    for where, octets in (("import", 40_000), ("import", 150_000), ("export", 60_000), ("export", 300), ("export", 20_000)):
        world.restore("filled")
        with Proxy((ADDRESS["xyz"], 389)) as proxy:
            madrigal = world.madrigal("cut", xyz={"url": f"ldap://127.0.0.1:{proxy.port}", "more": "insecure = true"})
            madrigal.forget()
            if where == "import":
                proxy.cut_after(from_server=octets)
                madrigal.run(now=NOW, allowed=(0, 1, 4))
            else:
                madrigal.command("import", "--now", NOW)
                proxy.cut_after(from_client=octets, times=2)
                madrigal.run(now=NOW, allowed=(0, 1, 4))
            expect(proxy.cuts > 0, f"{where}: a connection was cut after {octets} octets")
            proxy.heal()
            madrigal.run(now=NOW)
            again = madrigal.planned(now=NOW)
            expect(again == 0, f"{where} cut after {octets}: the run after is the last with work", again)
            kept = [found.get("adminDescription", [""])[0] for _, found in world.xyz.contacts("adminDescription")]
            stamps = [stamp for stamp in kept if stamp.startswith("madrigal/")]
            expect(len(stamps) > 100 and len(stamps) == len(set(stamps)), "nobody twice", len(stamps), len(set(stamps)))


def stopped_server(world):
    """A forest that is down is an error with a code; when it is up again, the run goes on."""
    madrigal = world.madrigal()
    world.shell("forest_stop xyz")
    done = madrigal.command("run", "--now", NOW, allowed=(4,))
    expect("MDR-D001" in done.stdout + done.stderr, "it is said", done.stdout, done.stderr)
    world.shell(f"forest_start xyz {ADDRESS['xyz']}")
    madrigal.plans({}, "nothing was lost")


def wrong_ways_in(world):
    """Wrong password, wrong authority, wrong name, no password, plain where TLS is asked for."""
    other = world.ca("xyz")
    # The certificate of the forest is for dc1.abc.example and its own address; the proxy has another.
    with Proxy((ADDRESS["abc"], 636)) as tls, Proxy((ADDRESS["abc"], 389)) as plain:
        rows = [
            ("a wrong password", {}, {"FOREST_PASSWORD": "Passw0rd.2"}, "MDR-D003", "Correct `bind.dn` or the password"),
            ("an account that is not there", {"bind": "svc-nobody@abc.example"}, {}, "MDR-D003", "svc-nobody"),
            ("an empty password", {}, {"FOREST_PASSWORD": ""}, "MDR-D004", "it is empty"),
            ("another authority", {"ca": other}, {}, "MDR-D002", "Name the authority"),
            ("a certificate of another name", {"url": f"ldaps://127.0.0.1:{tls.port}"}, {}, "MDR-D002", "not valid for name"),
            ("the same by StartTLS", {"url": f"ldap://127.0.0.1:{plain.port}"}, {}, "MDR-D002", "not valid for name"),
            ("nobody who listens", {"url": "ldaps://127.0.0.1:1"}, {}, "MDR-D001", "refused"),
            ("no file of authorities", {"ca": "nothing.pem"}, {}, "MDR-D009", "nothing.pem"),
        ]
        for what, change, environment, code, words in rows:
            madrigal = world.fresh("wrong", abc=change)
            done = madrigal.command("import", allowed=(2, 4), environment=environment)
            shown = done.stdout + done.stderr
            expect(code in shown and words in shown, what, code, words, shown)
            expect("Passw0rd" not in shown, f"{what}: the password is not shown", shown)
    madrigal = world.madrigal("plain", abc={"url": "ldap://" + ADDRESS["abc"], "more": "insecure = true"})
    madrigal.forget()
    shown = madrigal.command("run", "--now", NOW).stdout
    expect("MDR-D010" in shown, "a run without TLS says so", shown)
    madrigal = world.madrigal("starttls", abc={"url": "ldap://" + ADDRESS["abc"]})
    madrigal.forget()
    madrigal.plans({}, "StartTLS serves as well")


def rights(world):
    """A reader's exports are refused with advice; who cannot see tombstones is told so, and a full import finds out."""
    madrigal = world.madrigal("reader", xyz={"bind": "svc-reader@xyz.example"})
    madrigal.forget()
    checked = madrigal.command("check").stdout
    expect("may not make contacts" in checked and "are not seen before the next full import" in checked, "check", checked)
    world.abc.user("Test Unwritten", offices(world))
    done = madrigal.command("run", "--now", NOW, allowed=(1,))
    expect("MDR-D011" in done.stdout, "the refusal", done.stdout)
    secrets = "may read passwords of DC=abc,DC=example (Replicating Directory Changes All)"
    for account, told in (("svc-madrigal", False), ("svc-secrets", True)):
        shown = world.fresh("secrets", abc={"bind": f"{account}@abc.example"}).command("check").stdout
        expect((secrets in shown) == told, f"whether {account} has more rights than it needs", shown)
    blind = world.madrigal("blind", abc={"bind": "svc-blind@abc.example"})
    blind.forget()
    blind.run(now=NOW)
    world.abc.delete(f"CN=Test Unwritten,{offices(world)}")
    blind.plans({}, "the delete is not seen")
    planned = blind.run("--full", now=NOW)["planned"]
    expect(planned == {"hide": 1}, "the full import finds it", planned)


def other_ways(world):
    """The same people by change numbers; switching to them reads everything once."""
    madrigal = world.madrigal("changes", abc={"more": 'import = "changes"'}, xyz={"more": 'import = "changes"'})
    madrigal.forget()
    madrigal.plans({}, "what DirSync made is what change numbers see")
    dn = world.abc.user("Test Numbers", offices(world))
    madrigal.plans({"add": 1}, "created")
    world.abc.replace(dn, "title", "Counter")
    madrigal.plans({"modify": 1}, "modified")
    world.abc.replace(dn, "title")
    madrigal.plans({"modify": 1}, "removed")
    world.abc.delete(dn)
    madrigal.plans({"hide": 1}, "deleted")
