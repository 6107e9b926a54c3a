"""ABC's directory: offices in Berlin, London, Zürich and Shanghai. README.md says who is who."""
import base64

from . import company
from .forest import (DISABLED, LINKED, MAIL_USER, PLAN, REMOTE_MAILBOX, REMOTE_ROOM, ROOM_LIST, SHARED, Forest, Office,
                     sid, thumbnail)

JED_HILL_CERTIFICATE = base64.b64decode(
    "MIIBuDCCAV6gAwIBAgIUCUrHwscLO6PKeeUWjMbPtUhr8zUwCgYIKoZIzj0EAwIwITERMA8GA1UEAwwISmVkIEhpbGwxDDAKBgNVBAoM"
    "A0FCQzAeFw0yNjExMjEyMzEwMDdaFw0zNjExMTgyMzEwMDdaMCExETAPBgNVBAMMCEplZCBIaWxsMQwwCgYDVQQKDANBQkMwWTATBgcq"
    "hkjOPQIBBggqhkjOPQMBBwNCAARnbzIAR1LwZBUybWw5k7oTr9eMlunRts+cT7r+6gAbpBmSlkvlE4TYK2bSJjpLYqNe/b1FUqb2YWNh"
    "EeJiaeY9o3QwcjAdBgNVHQ4EFgQUQomLwwytMUpIT7VdYOZk/1YPFFUwHwYDVR0jBBgwFoAUQomLwwytMUpIT7VdYOZk/1YPFFUwDwYD"
    "VR0TAQH/BAUwAwEB/zAfBgNVHREEGDAWgRRqZWQuaGlsbEBhYmMuZXhhbXBsZTAKBggqhkjOPQQDAgNIADBFAiEAp8B4cCFlvlGzOUUJ"
    "j0Q5ZF6Wi8kxLVXEWeltJtO6VgoCIAcujWKPDhI0NGVrqH6luOei7yWn/x6JZo2t10weL8uM"
)
OFFICES = [
    ("berlin", "Deutschland GmbH", Office("Berlin", "Lindenstraße 12", "10969", "DE", "Germany", 276, "+49 30 23125 {:03}")),
    ("london", "Trading Ltd", Office("London", "7 Harp Lane", "EC3R 6DP", "GB", "United Kingdom", 826, "+44 20 7946 0{:03}")),
    ("zuerich", "Schweiz AG", Office("Zürich", "Seefeldstrasse 40", "8008", "CH", "Switzerland", 756, "+49 30 23125 {:03}", "ZH")),
    ("shanghai", "China Co., Ltd", Office("Shanghai", "88 Century Avenue", "200120", "CN", "China", 156, "+1 555 01 {:03}")),
]
NAMES = {
    "berlin": (["Jan", "Katrin", "Uwe", "Silke", "Torsten", "Heike", "Jörg", "Birgit", "Sven", "Anke", "Holger"],
               ["Albrecht", "Böhm", "Conrad", "Dietz", "Ebert", "Fröhlich", "Geiger", "Hübner", "Jäger", "Köhler", "Lorenz", "Mertens", "Noack"]),
    "london": (["Alice", "Graham", "Fiona", "Nigel", "Priya", "Owen", "Hazel", "Desmond", "Keira", "Rupert", "Imogen"],
               ["Ashworth", "Bramley", "Calloway", "Dunmore", "Elsworth", "Fairley", "Goddard", "Hallam", "Ingram", "Jessop", "Kershaw", "Langley", "O'Neill"]),
    "zuerich": (["Reto", "Ursina", "Beat", "Flurina", "Urs", "Corina", "Nadja", "Luzi"],
                ["Aebi", "Bünzli", "Caduff", "Däppen", "Egli", "Frei", "Gysin", "Hürlimann", "Imhof"]),
    "shanghai": (["Wei", "Lan", "Jun", "Mei", "Hao", "Ying", "Tao"],
                 ["Chen", "Gao", "Huang", "Lin", "Shen", "Tang", "Xu", "Zhou"]),
}


def build(seed):
    forest = Forest("ABC", (3654288056, 50524445, 3816321903), OFFICES, seed)
    company.tree(forest, OFFICES)
    company.system_objects(forest)
    managers = leaders(forest)
    names(forest)
    sip_forms(forest)
    conditions(forest)
    between_the_companies(forest)
    company.rooms(
        forest,
        [("Room Spree", 8), ("Room Havel", 4), ("Boardroom London (7/F)", 20), ("Sitzungszimmer Säntis", 10), ("Room Bund 外滩", 14)],
        ["Projector 1", "Van B-AB 1234", "3D Printer"],
    )
    shared_mailboxes(forest)
    company.ordinary(forest, 62, NAMES, managers)
    groups(forest, managers)
    contacts(forest)
    return forest


def leaders(forest):
    """Those to whom the others report."""
    victoria = forest.person("Victoria", "Lang", "london", "Management", "Chief Executive Officer",
                             thumbnailPhoto=thumbnail(100), msDS_HABSeniorityIndex=100)
    jed = forest.person("Jed", "Hill", "london", "Sales", "Sales Director", manager=victoria.dn, thumbnailPhoto=thumbnail(80),
                        userCertificate=JED_HILL_CERTIFICATE, userSMIMECertificate=JED_HILL_CERTIFICATE,
                        info="Partners' day is in May.\r\nCall before noon.", wWWHomePage="http://www.abc.example/people/jhill",
                        otherTelephone=["+44 20 7946 0998", "+44 20 7946 0999"], postOfficeBox="PO Box 77",
                        textEncodedORAddress="c=GB;a= ;p=ABC;o=Exchange;s=Hill;g=Jed;")
    managers = {"Management": victoria, "Sales": jed}
    for given, sn, office, department, title in (
        ("Konrad", "Weiss", "berlin", "Finance", "Chief Financial Officer"),
        ("Ulrike", "Sommer", "berlin", "Engineering", "Head of Engineering"),
        ("Beatrice", "Holm", "london", "IT", "Head of IT"),
        ("Regula", "Ammann", "zuerich", "Legal", "General Counsel"),
    ):
        managers[department] = forest.person(given, sn, office, department, title, manager=victoria.dn)
    assistant = forest.person("Tilda", "Marsh", "london", "Management", "Assistant to the Board", manager=victoria.dn,
                              telephoneAssistant="+44 20 7946 0990")
    jed.set(assistant=assistant.dn, msExchAssistantName="Tilda Marsh")
    forest.tilda, forest.victoria = assistant, victoria
    return managers


def names(forest):
    """Equal names, long names, names of all scripts and with every character that a DN must escape."""
    forest.person("Anna", "Berg", "berlin", "Finance", "Accountant")
    forest.person("Anna", "Berg", "zuerich", "Legal", "Counsel", sam="aberg2", mail="anna.berg2")
    forest.person("Rene", "Dubois", "london", "Sales", "Account Manager")
    forest.person("René", "Dubois", "zuerich", "Sales", "Account Manager", sam="rdubois2", mail="rene.dubois2")
    forest.person("Zoë", "Ångström-Öztürk", "berlin", "Marketing", "Editor")
    forest.person("明", "李", "shanghai", "Operations", "Plant Engineer", cn="李明", latin=("Ming", "Li"), msDS_PhoneticDisplayName="Li Ming")
    forest.person("Сергей", "Волков", "berlin", "Engineering", "Test Engineer", latin=("Sergej", "Wolkow"), info="Дежурный по субботам 🛠")
    forest.person("Mei", "Tanaka", "shanghai", "Marketing", "Designer", info="Ask me about posters 🎨🖌️\r\n— and tea 🍵")
    sixty_four = "Maximiliane Alexandra Theodora Wilhelmine von Hohenstein-Rothen"
    sixty_four += "b" * (64 - len(sixty_four))
    for sam, office, department in (("mhohenstein", "berlin", "Finance"), ("mhohenstein2", "zuerich", "Human Resources")):
        forest.person("Maximiliane Alexandra Theodora Wilhelmine", "von Hohenstein-Rothenb", office, department, "Controller",
                      sam=sam, cn=sixty_four, mail=sam, latin=("M", "Hohenstein"))
    accented = "Éléonore Marguerite Françoise de la Tour d'Auvergne-Saint-Exupéry"[:64].ljust(64, "y")
    forest.person("Éléonore", "de la Tour", "zuerich", "Legal", "Counsel", cn=accented, sam="edelatour", mail="e.delatour")
    forest.person("Hans", "Meier", "berlin", "Operations", "Buyer", cn="Meier, Hans", displayName="Meier, Hans")
    forest.person("Robert", "Tran", "london", "Sales", "Account Manager", cn='Robert "Bob" Tran')
    forest.person("Sinéad", "O'Brien", "london", "IT", "Network Engineer", cn="Sinéad O'Brien <contractor>; night shift",
                  sam="sobrien", mail="sinead.obrien")
    forest.person("Maria", "Nowak", "berlin", "Finance", "Treasury Analyst")
    forest.person("Wolf", "Dietz", "berlin", "Engineering", "Architect", sam="wolf.dietz", nickname="w/dietz", mail="wolf.dietz")


def sip_forms(forest):
    """Each form in which a SIP address is found in the field."""
    address = "msRTCSIP-PrimaryUserAddress"
    forest.person("Norman", "Price", "london", "Finance", "Accountant", sip=False)
    forest.person("Sara", "Upton", "london", "Sales", "Sales Assistant").attributes[address] = "SIP:Sara.Upton@abc.example"
    forest.person("Simon", "Blank", "london", "Sales", "Sales Assistant").attributes[address] = " sip:simon.blank@abc.example"
    forest.person("Dora", "Doubleday", "london", "Sales", "Sales Assistant").attributes[address] = "sip:sip:dora.doubleday@abc.example"
    bare = forest.person("Bernd", "Ohnesorg", "berlin", "Sales", "Account Manager")
    bare.attributes[address] = "bernd.ohnesorg@abc.example"
    petra = forest.person("Petra", "Unger", "berlin", "Sales", "Account Manager", sip=False)
    petra.add("proxyAddresses", "sip:petra.unger@abc.example")
    boris = forest.person("Boris", "Zwick", "berlin", "Sales", "Account Manager")
    boris.attributes[address] = "sip:b.zwick@abc.example"
    nils = forest.person("Nils", "Atkin", "london", "Sales", "Account Manager", sip=False)
    nils.attributes[address] = "sip:nils.atkin"


def conditions(forest):
    """One for each condition of the selection, who fails that one alone."""
    forest.person("Harriet", "Moss", "london", "Legal", "Paralegal", msExchHideFromAddressLists="TRUE")
    forest.person("Leo", "Grant", "london", "Legal", "Paralegal", legacyExchangeDN=None)
    forest.person("Hugo", "Stone", "london", "Legal", "Counsel", homeMDB=None, msExchHomeServerName=None)
    forest.person("Pia", "Adler", "berlin", "Legal", "Counsel", sip=False, proxyAddresses=None)
    forest.mailbox("Executive Plan", forest.users, "SM_plan02", kind=PLAN)
    forest.person("Olaf", "Stein", "berlin", "Operations", "Planner", msExchOriginatingForest="old.abc.example")
    gerd = forest.person("Gerd", "Ackermann", "berlin", "Operations", "Planner", sip=False, mail="gerd.ackermann")
    forest.mail_user(gerd, "gerd.ackermann@xyz.example")
    forest.person("Walter", "Finch", "london", "Operations", "Buyer", parent=forest.address_list)
    # Provisioned, or not, by what follows the selection.
    otto = forest.person("Otto", "Reich", "berlin", "IT", "Messaging Engineer")
    otto.set(proxyAddresses=["SMTP:otto.reich@abc.onmicrosoft.com", "sip:otto.reich@abc.example"], mail="otto.reich@abc.onmicrosoft.com")
    freya = forest.person("Freya", "Lund", "london", "IT", "Messaging Engineer")
    freya.set(proxyAddresses=["SMTP:freya.lund@abc.onmicrosoft.com", "smtp:freya.lund@abc.example", "sip:freya.lund@abc.example"])
    forest.person("Nora", "Blake", "london", "Marketing", "Editor", mailNickname=None)
    forest.person("Dieter", "Frank", "berlin", "Marketing", "Editor", displayName=None)
    forest.person("Dana", "Cross", "london", "Marketing", "Event Manager", targetAddress="SMTP:dana.cross@abc.mail.onmicrosoft.com")
    forest.person("Edgar", "Voss", "berlin", "Marketing", "Event Manager", msExchRecipientDisplayType=None)
    # Two people, one address.
    paul = forest.person("Paul", "Weber", "berlin", "Sales", "Account Manager")
    paula = forest.person("Paula", "Weber", "berlin", "Sales", "Account Manager", sam="pweber2")
    for entry in (paul, paula):
        entry.set(proxyAddresses=[entry.get("proxyAddresses"), "smtp:p.weber@abc.example"])
        entry.add("proxyAddresses", "sip:" + entry.get("mail"))
    # Gone, gone but not closed, never had mail.
    forest.person("Frank", "Exner", "berlin", "Operations", "Buyer", control=DISABLED, parent=forest.former)
    forest.person("Gisela", "Ohm", "berlin", "Operations", "Buyer", control=DISABLED, parent=forest.former, msExchHideFromAddressLists="TRUE")
    forest.account("Temp Worker 7", forest.former, "temp7", DISABLED)


def between_the_companies(forest):
    """Migrated, linked, on the move, known on both sides."""
    ruth = forest.person("Ruth", "Cole", "london", "Engineering", "Systems Engineer", msExchRemoteRecipientType=4)
    guid = ruth.get("msExchMailboxGuid")
    forest.mail_user(ruth, "ruth.cole@abc.mail.onmicrosoft.com", REMOTE_MAILBOX).set(msExchMailboxGuid=guid)
    ruth.add("proxyAddresses", "smtp:ruth.cole@abc.mail.onmicrosoft.com", "X500:" + forest.legacy("rcole"))
    room = forest.resource("Room Cloud Nine", forest.resources, "room-cloudnine", REMOTE_ROOM, msExchRemoteRecipientType=36)
    forest.mail_user(room, "room-cloudnine@abc.mail.onmicrosoft.com", REMOTE_ROOM)
    room.add("proxyAddresses", "smtp:room-cloudnine@abc.mail.onmicrosoft.com")
    theo = forest.person("Theo", "Brandt", "berlin", "Engineering", "Contractor", sip=False, mail="theo.brandt@contractors.abc.example")
    forest.mail_user(theo, "theo.brandt@contractors.abc.example")

    forest.person("Lena", "Vogt", "zuerich", "Finance", "Controller", kind=LINKED, control=DISABLED,
                  msExchMasterAccountSid=sid((1004336348, 1177238915, 682003330), 2144), msExchRecipientDisplayType=None)
    forest.marc = forest.person("Marc", "Keller", "zuerich", "IT", "Directory Administrator", kind=LINKED, control=DISABLED)

    # Milan has arrived at XYZ, his account here forwards. Klara's move is prepared, her mailbox is still here.
    milan = forest.person("Milan", "Kovac", "berlin", "Engineering", "Architect")
    forest.milan_sid = milan.get("objectSid")
    forest.milan_mailbox, forest.milan_x500 = milan.get("msExchMailboxGuid"), milan.x500
    forest.mail_user(milan, "milan.kovac@xyz.example").set(msExchMailboxGuid=forest.milan_mailbox)
    forest.klara = forest.person("Klara", "Novak", "berlin", "Marketing", "Campaign Manager")

    # An address at XYZ that XYZ has given to a shared mailbox since.
    forest.person("Ines", "Falk", "berlin", "Operations", "Planner").add("proxyAddresses", "smtp:projects@xyz.example")
    # A guest account for somebody of XYZ, made by hand.
    sofia = forest.person("Sofia", "Marin", "london", "Marketing", "Guest from XYZ", sip=False, mail="sofia.marin@xyz.example", sam="x-smarin")
    forest.mail_user(sofia, "sofia.marin@xyz.example", MAIL_USER)


def shared_mailboxes(forest):
    for cn, sam in (("Sales Desk", "sales"), ("Payroll", "payroll"), ("Press Office", "press"), ("C+ Support Desk", "cplus"),
                    ("#1 Service Desk", "servicedesk")):
        forest.resource(cn, forest.shared, sam, SHARED)


def groups(forest, managers):
    everyone = [entry for entry in forest.entries if entry.get("msRTCSIP-PrimaryUserAddress")]
    for department, head in managers.items():
        members = [entry for entry in everyone if entry.get("department") == department]
        forest.mail_group(f"{department} Team", forest.groups, department.lower().replace(" ", "") + "-team", members=members,
                          managedBy=head.dn)
    forest.mail_group("All ABC", forest.groups, "all-abc", security=True, members=everyone[:30], msExchRecipientDisplayType=None)
    forest.mail_group("Projektgruppe Größenwahn", forest.groups, "pg-gw", members=everyone[3:9], info="Ironisch gemeint 😉")
    forest.mail_group("R&D = Research, Development", forest.groups, "rnd", members=everyone[5:25], msExchRecipientDisplayType=None)
    forest.mail_group("Meeting Rooms", forest.groups, "rooms", kind=ROOM_LIST,
                      members=[entry for entry in forest.entries if entry.get("msExchResourceDisplay")])
    forest.mail_group("Announcements", forest.groups, "announce", members=everyone[:40], msExchRequireAuthToSendTo="TRUE")
    forest.mail_group("Board", forest.groups, "board", security=True, members=list(managers.values()),
                      authOrig=[forest.victoria.dn, forest.tilda.dn])
    # One for each condition of the selection.
    forest.mail_group("Works Council", forest.groups, "council", members=everyone[8:11], msExchHideFromAddressLists="TRUE")
    forest.mail_group("Old Newsletter", forest.groups, "newsletter", members=everyone[1:4], legacyExchangeDN=None)
    forest.mail_group("Fax Gateway", forest.groups, "fax", members=everyone[1:3],
                      proxyAddresses=["smtp:fax@abc.example", "X400:c=GB;a= ;p=ABC;o=Exchange;s=fax;"])
    forest.mail_group("Canteen", forest.groups, "canteen", members=everyone[2:6], proxyAddresses=None)
    forest.mail_group("Copied Team", forest.groups, "copied-team", members=everyone[2:4], msExchOriginatingForest="old.abc.example")
    forest.mail_group("Stray Team", forest.address_list, "stray", members=everyone[1:3])
    forest.group("File Share Readers", forest.groups, "fs-readers", security=True, members=everyone[:12])
    forest.dynamic("Everybody in Berlin", forest.groups, "berlin", "(&(mailNickname=*)(l=Berlin))", msExchRecipientDisplayType=None)
    forest.dynamic("Everybody (test)", forest.groups, "everybody-test", "(mailNickname=*)", msExchHideFromAddressLists="TRUE")


def contacts(forest):
    """Contacts of partners, which are ABC's to publish, and what the service desk made over the years."""
    partners = forest.partners
    forest.contact("Nora Winther", partners, "nwinther", "nora.winther@winther.partners.abc.example", "Nora", "Winther",
                   company="Winther & Co. Solicitors", title="Partner", telephoneNumber="+44 20 7946 0801",
                   description=["Outside counsel", "Engaged since 2019", "Bills quarterly"])
    forest.contact("Ελένη Σταύρου", partners, "estavrou", "eleni.stavrou@stavrou.partners.abc.example", "Ελένη", "Σταύρου",
                   company="Stavrou Translations", title="Μεταφράστρια")
    forest.contact("Travel Agency (24h)", partners, "travel", "desk@travel.partners.abc.example", company="Globus Travel",
                   description=["Flights and trains", "24 hours: +1 555 01 777"])
    forest.contact("Jed Hill", partners, "jhill-agent", "jed.hill@agents.partners.abc.example", "Jed", "Hill", company="Hill & Son Agents")
    # One for each condition of the selection.
    forest.contact("Partner without Target", partners, "notarget", "notarget@partners.abc.example", targetAddress=None)
    forest.contact("Hidden Partner", partners, "hiddenpartner", "hidden@partners.abc.example", msExchHideFromAddressLists="TRUE")
    forest.contact("Partner without Legacy DN", partners, "nolegacy", "nolegacy@partners.abc.example", legacyExchangeDN=None)
    forest.contact("Partner without Proxies", partners, "noproxies", "noproxies@partners.abc.example", proxyAddresses=None)
    forest.contact("Copied Partner", partners, "copied", "copied@partners.abc.example", msExchOriginatingForest="old.abc.example")
    forest.contact("Wrongly Filed Partner", partners, "misfiled", "retired.person@xyz.example")
    forest.contact("Unrelated Supplier", forest.external, "supplier", "orders@supplier.partners.abc.example")
    forest.contact("Leftover", forest.address_list, "leftover", "leftover@supplier.partners.abc.example")


def contacts_of(forest, xyz):
    """XYZ's people as ABC's service desk made them by hand."""
    by = {entry.get("sAMAccountName"): entry for entry in xyz.entries}
    elena = by["epetrova"]
    forest.contact("Elena Petrova (XYZ)", forest.external, "x-epetrova", "e.petrova@xyz.example").add("proxyAddresses", elena.x500)
    chloe = by["cmartin"]
    forest.contact("Chloe Martin", forest.address_list, "x-cmartin", "c.martin@xyz.example").add("proxyAddresses", chloe.x500)
    forest.contact("Yannis Pappas", forest.address_list, "x-ypappas", "yannis.pappas@xyz.example", "Yannis", "Pappas",
                   telephoneNumber="+1 555 01 000")
    forest.contact("Karim Said - XYZ Cairo", forest.external, "x-ksaid", "karim.said@xyz.example")
    both = forest.contact("XYZ Board Assistants", forest.external, "x-assistants", "assistants@supplier.partners.abc.example")
    both.add("proxyAddresses", by["aone"].x500, by["btwo"].x500)
    forest.marc.set(msExchMasterAccountSid=by["mkeller"].get("objectSid"))
