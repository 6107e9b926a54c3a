"""What both companies have: the tree, system mailboxes, ordinary people."""
from .forest import ARBITRATION, DISABLED, DISCOVERY, EQUIPMENT, MONITORING, PLAN, ROOM, ascii_form

TITLES = {
    "Sales": ["Account Manager", "Key Account Manager", "Sales Assistant", "Regional Sales Manager"],
    "Finance": ["Accountant", "Controller", "Treasury Analyst", "Payroll Specialist"],
    "Engineering": ["Software Engineer", "Test Engineer", "Systems Engineer", "Architect"],
    "IT": ["Messaging Engineer", "Service Desk Agent", "Network Engineer", "Directory Administrator"],
    "Legal": ["Counsel", "Paralegal", "Contract Manager"],
    "Marketing": ["Campaign Manager", "Editor", "Event Manager", "Designer"],
    "Operations": ["Planner", "Buyer", "Logistics Coordinator", "Plant Engineer"],
    "Human Resources": ["HR Partner", "Recruiter", "Training Coordinator"],
}
DEPARTMENTS = list(TITLES)


def tree(forest, offices):
    """The domain, its containers and organizational units; sets what later objects hang below."""
    forest.root()
    forest.users = forest.container("Users")
    forest.computers = forest.container("Computers")
    forest.system = forest.container("Microsoft Exchange System Objects", kind="msExchSystemObjectsContainer")
    forest.monitoring = forest.container("Monitoring Mailboxes", forest.system)
    forest.controllers = forest.unit("Domain Controllers")
    forest.exchange_groups = forest.unit("Microsoft Exchange Security Groups")
    top = forest.unit("Offices")
    forest.offices = {}
    for key, legal, office in offices:
        office.unit, office.legal = forest.unit(office.name, top, c=office.c, co=office.co, countryCode=office.number), legal
        forest.offices[key] = office
    forest.groups = forest.unit("Groups")
    forest.resources = forest.unit("Resources")
    forest.shared = forest.unit("Shared Mailboxes")
    forest.service = forest.unit("Service Accounts")
    forest.former = forest.unit("Former Employees", description="Disabled accounts; deleted after two years")
    forest.external = forest.unit("External Contacts", description="Made by hand by the service desk")
    forest.partners = forest.unit("Partners", description="Contacts that are ours to publish")
    forest.address_list = forest.unit("Address List", description="Contacts of other companies; kept by Madrigal")


def system_objects(forest):
    """What every forest with Exchange has and nobody wants in another company's address list."""
    forest.account("Administrator", forest.users, "Administrator", description="Built-in account for administering the domain")
    forest.account("krbtgt", forest.users, "krbtgt", DISABLED, description="Key Distribution Center Service Account",
                   isCriticalSystemObject="TRUE")
    forest.account("svc-madrigal", forest.service, "svc-madrigal", description="Directory synchronisation")
    forest.account("svc-backup", forest.service, "svc-backup")
    for name, parent in ((f"{forest.company}-DC01", forest.controllers), (f"{forest.company}-EX01", forest.computers)):
        forest.account(name, parent, name + "$", 532480 if parent == forest.controllers else 4096, ("user", "computer"),
                       dNSHostName=f"{name.lower()}.{forest.domain}", operatingSystem="Windows Server 2012 R2 Standard",
                       userPrincipalName=None, sAMAccountType=805306369)
    forest.group("Domain Admins", forest.users, "Domain Admins", security=True,
                 description="Designated administrators of the domain")
    forest.group("Organization Management", forest.exchange_groups, "Organization Management", security=True)
    hidden = {"msExchHideFromAddressLists": "TRUE"}
    system = [
        ("SystemMailbox{1f05a927-3be2-4fb9-aa03-b59fe3b56f4c}", "SM_1f05a927", ARBITRATION, "Microsoft Exchange", hidden),
        ("SystemMailbox{e0dc1c29-89c3-4034-b678-e6c29d823ed9}", "SM_e0dc1c29", ARBITRATION, "Microsoft Exchange", hidden),
        ("Migration.8f3e7716-2011-43e4-96b1-aba62d229136", "SM_8f3e7716", ARBITRATION, "Microsoft Exchange Migration", hidden),
        # These three were unhidden by somebody: what they are is all that keeps them out.
        ("FederatedEmail.4c1f4d8b-8179-4148-93bf-00a95fa1e042", "SM_4c1f4d8b", ARBITRATION,
         "Microsoft Exchange Federation Mailbox", {}),
        ("DiscoverySearchMailbox {D919BA05-46A6-415f-80AD-7E09334BB852}", "SM_d919ba05", DISCOVERY,
         "Discovery Search Mailbox", {}),
        (f"{forest.company}StandardPlan", "SM_plan01", PLAN, f"{forest.company} Standard Mailbox Plan", {}),
    ]
    for cn, sam, kind, display, over in system:
        forest.mailbox(cn, forest.users, sam, kind=kind, control=DISABLED, displayName=display, **over)
    for number in (1, 2):
        forest.mailbox(f"HealthMailbox{number}{forest.usn:x}", forest.monitoring, f"HealthMailbox{number}", kind=MONITORING,
                       msExchHideFromAddressLists="TRUE", displayName=f"HealthMailbox-{forest.company}-EX01-{number}")


def rooms(forest, names, devices):
    for number, (cn, capacity) in enumerate(names, 1):
        sam = f"room{number}-" + ascii_form(cn).lower()[:12].strip("-")
        forest.resource(cn, forest.resources, sam.rstrip("-"), ROOM, msExchResourceCapacity=capacity)
    for cn in devices:
        forest.resource(cn, forest.resources, "eq-" + ascii_form(cn).lower()[:16], EQUIPMENT)


def ordinary(forest, count, names, managers):
    """People of whom there is nothing special to say: `names` gives for each office its first and last names."""
    taken, offices = set(), list(names)
    made = 0
    step = 0
    while made < count:
        office = offices[step % len(offices)]
        first, last = names[office]
        given, sn = first[(step * 7) % len(first)], last[(step * 11 + step // len(last)) % len(last)]
        step += 1
        sam = (ascii_form(given)[:1] + ascii_form(sn)).lower().replace("-", "")[:20]
        if sam in taken:
            continue
        taken.add(sam)
        department = DEPARTMENTS[(step * 5) % len(DEPARTMENTS)]
        titles = TITLES[department]
        entry = forest.person(given, sn, office, department, titles[step % len(titles)], sam=sam)
        entry.set(manager=managers[department].dn if department in managers else None)
        made += 1
