"""XYZ's directory: offices in Paris, Athens, Sofia and Cairo. README.md says who is who."""
import base64

from . import company
from .forest import (DISABLED, LINKED, MAIL_USER, REMOTE_MAILBOX, SHARED, Forest, Office, sid, thumbnail)

ELENA_PETROVA_CERTIFICATE = base64.b64decode(
    "MIIBxzCCAW2gAwIBAgIUcLEmjejEJLC3ie/0Yf4DWDawzXUwCgYIKoZIzj0EAwIwJjEWMBQGA1UEAwwNRWxlbmEgUGV0cm92YTEMMAoG"
    "A1UECgwDWFlaMB4XDTI2MTEyMTIzMTAwN1oXDTM2MTExODIzMTAwN1owJjEWMBQGA1UEAwwNRWxlbmEgUGV0cm92YTEMMAoGA1UECgwD"
    "WFlaMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ28yAEdS8GQVMm1sOZO6E6/XjJbp0bbPnE+6/uoAG6QZkpZL5ROE2Ctm0iY6S2Kj"
    "Xv29RVKm9mFjYRHiYmnmPaN5MHcwHQYDVR0OBBYEFEKJi8MMrTFKSE+1XWDmZP9WDxRVMB8GA1UdIwQYMBaAFEKJi8MMrTFKSE+1XWDm"
    "ZP9WDxRVMA8GA1UdEwEB/wQFMAMBAf8wJAYDVR0RBB0wG4EZZWxlbmEucGV0cm92YUB4eXouZXhhbXBsZTAKBggqhkjOPQQDAgNIADBF"
    "AiBX6edsnZJiyfvc/M6pRij9PgJ9NrA9483QxA4vOWIC1wIhALWP2ilynF43XAhwnmaGJfRVokcyNTb2hTY4UAAipcAJ"
)
OFFICES = [
    ("paris", "France SAS", Office("Paris", "3 rue des Lilas", "75011", "FR", "France", 250, "+33 1 99 00 1{:03}")),
    ("athens", "Ελλάς ΑΕ", Office("Αθήνα", "Οδός Αιόλου 15", "105 51", "GR", "Greece", 300, "+33 1 99 00 2{:03}")),
    ("sofia", "България ООД", Office("Sofia", "бул. Витоша 9", "1000", "BG", "Bulgaria", 100, "+33 1 99 00 3{:03}")),
    ("cairo", "Egypt LLC", Office("Cairo", "12 Nile Road", "11511", "EG", "Egypt", 818, "+1 555 01 {:03}")),
]
NAMES = {
    "paris": (["Luc", "Margaux", "Théo", "Inès", "Bastien", "Maëlle", "Cédric", "Noémie", "Gaël", "Agnès"],
              ["Arnaud", "Besson", "Chevalier", "Delattre", "Étienne", "Fabre", "Garnier", "Hébert", "Jourdan", "Lefèvre", "Mallet"]),
    "athens": (["Nikos", "Katerina", "Stavros", "Ioanna", "Petros", "Despina", "Vasilis", "Fotini"],
               ["Alexiou", "Vlachos", "Georgiou", "Dimou", "Zografos", "Kalogeras", "Laskaris", "Manos", "Nikolaidis"]),
    "sofia": (["Boyan", "Desislava", "Plamen", "Ralitsa", "Kiril", "Tsvetana", "Emil", "Yana"],
              ["Angelov", "Borisova", "Vasilev", "Genchev", "Dobreva", "Zhelev", "Ilieva", "Kostov", "Lazarov"]),
    "cairo": (["Amr", "Dina", "Hossam", "Layla", "Tarek", "Nadia", "Sherif", "Rania"],
              ["Abdelnour", "Badawi", "El-Gendy", "Farag", "Habib", "Kamel", "Mansour", "Nassar"]),
}


def build(seed, abc):
    forest = Forest("XYZ", (1822543998, 2244096157, 1301852443), OFFICES, seed)
    company.tree(forest, OFFICES)
    company.system_objects(forest)
    managers = leaders(forest)
    names(forest)
    conditions(forest)
    known_at_abc(forest)
    between_the_companies(forest, abc)
    company.rooms(
        forest,
        [("Salle Seine", 8), ("Salle Marne", 6), ("Αίθουσα Ακρόπολη", 16), ("Зала Витоша", 10), ("Nile Room", 12)],
        ["Vidéoprojecteur", "Delivery Van", "Plotter A0"],
    )
    for cn, sam in (("Accueil", "accueil"), ("Projects", "projects"), ("Support, Level 2", "support2"), ("Customer \"Care\"", "care")):
        forest.resource(cn, forest.shared, sam, SHARED)
    company.ordinary(forest, 76, NAMES, managers)
    groups(forest, managers)
    contacts(forest, abc, managers)
    return forest


def leaders(forest):
    """Those to whom the others report."""
    head = forest.person("Hélène", "Vasseur", "paris", "Management", "Présidente", thumbnailPhoto=thumbnail(90),
                         msDS_HABSeniorityIndex=100)
    managers = {"Management": head}
    for given, sn, office, department, title in (
        ("Étienne", "Roche", "paris", "Finance", "Directeur financier"),
        ("Despina", "Kanaris", "athens", "Operations", "Head of Operations"),
        ("Radoslav", "Minchev", "sofia", "Engineering", "Head of Engineering"),
        ("Mona", "Rashad", "cairo", "Sales", "Sales Director"),
    ):
        managers[department] = forest.person(given, sn, office, department, title, manager=head.dn)
    return managers


def names(forest):
    forest.person("Anna", "Berg", "paris", "Marketing", "Campaign Manager", info="Not one of the two at ABC")
    forest.person("Marek", "Nowak", "paris", "Finance", "Accountant", nickname="mnowak")
    forest.person("Γεώργιος", "Οικονόμου", "athens", "Legal", "Νομικός σύμβουλος", latin=("Georgios", "Oikonomou"))
    forest.person("Мария", "Стоянова", "sofia", "Human Resources", "Специалист подбор", latin=("Maria", "Stoyanova"))
    forest.person("أحمد", "حسن", "cairo", "Operations", "مهندس", latin=("Ahmed", "Hassan"), info="متاح من الأحد إلى الخميس 🌙")
    forest.person("Ian", "McDonald", "paris", "IT", "Service Desk Agent")
    forest.person("Noël", "Été", "paris", "IT", "Service Desk Agent", info="🎄")
    forest.person("Claire", "Fontaine, PhD", "paris", "Engineering", "Architect", sam="cfontaine", mail="claire.fontaine")
    forest.person("Konstantinos Alexandros Theodoros", "Papadimitrakopoulos-Oikonomidis", "athens", "Finance", "Controller",
                  sam="kpapadim", mail="k.papadimitrakopoulos",
                  cn=("Konstantinos Alexandros Theodoros Papadimitrakopoulos-Oikonomidis")[:64])


def conditions(forest):
    """One for each condition of the selection, who fails that one alone; SIP in some more forms."""
    address = "msRTCSIP-PrimaryUserAddress"
    forest.person("Odile", "Masson", "paris", "Legal", "Paralegal", msExchHideFromAddressLists="TRUE")
    forest.person("Victor", "Blanc", "paris", "Legal", "Paralegal", legacyExchangeDN=None)
    forest.person("Irène", "Colin", "paris", "Legal", "Counsel", homeMDB=None, msExchHomeServerName=None)
    forest.person("Pavlos", "Dukas", "athens", "Legal", "Counsel", sip=False, proxyAddresses=None)
    forest.person("Zlatka", "Hadzhieva", "sofia", "Operations", "Planner", msExchOriginatingForest="old.xyz.example")
    lost = forest.person("Denis", "Roux", "paris", "Operations", "Planner", sip=False)
    forest.mail_user(lost, "denis.roux@abc.example")
    forest.person("Irma", "Vidal", "paris", "Operations", "Buyer", parent=forest.address_list)
    cloud = forest.person("Samir", "Lotfy", "cairo", "IT", "Messaging Engineer")
    cloud.set(proxyAddresses=["SMTP:samir.lotfy@xyz.onmicrosoft.com"], mail="samir.lotfy@xyz.onmicrosoft.com")
    forest.person("Nadège", "Petit", "paris", "Marketing", "Editor", mailNickname=None)
    forest.person("Lilia", "Nikolova", "sofia", "Marketing", "Editor", displayName=None)
    forest.person("Omar", "Zaki", "cairo", "Sales", "Account Manager", sip=False)
    forest.person("Stella", "Markou", "athens", "Sales", "Account Manager").attributes[address] = "SIP:STELLA.MARKOU@XYZ.EXAMPLE"
    only = forest.person("Ivan", "Kolev", "sofia", "Sales", "Account Manager", sip=False)
    only.add("proxyAddresses", "SIP:ivan.kolev@xyz.example")
    remote = forest.person("Julie", "Perrin", "paris", "Engineering", "Systems Engineer", msExchRemoteRecipientType=4)
    forest.mail_user(remote, "julie.perrin@xyz.mail.onmicrosoft.com", REMOTE_MAILBOX)
    remote.add("proxyAddresses", "smtp:julie.perrin@xyz.mail.onmicrosoft.com")
    forest.person("Lina", "Haddad", "cairo", "Finance", "Controller", kind=LINKED, control=DISABLED,
                  msExchMasterAccountSid=sid((1004336348, 1177238915, 682003330), 3310))
    forest.person("Bruno", "Ancien", "paris", "Operations", "Buyer", control=DISABLED, parent=forest.former,
                  msExchHideFromAddressLists="TRUE")
    forest.account("Stagiaire 12", forest.former, "stagiaire12", DISABLED)


def known_at_abc(forest):
    """People of whom ABC's service desk made a contact by hand."""
    forest.person("Elena", "Petrova", "sofia", "Engineering", "Software Engineer", userCertificate=ELENA_PETROVA_CERTIFICATE)
    forest.person("Chloé", "Martin", "paris", "Marketing", "Designer")
    forest.person("Yannis", "Pappas", "athens", "Sales", "Key Account Manager")
    forest.person("Karim", "Said", "cairo", "Sales", "Regional Sales Manager")
    forest.person("Aurélie", "One", "paris", "Management", "Board Assistant", sam="aone", mail="aurelie.one")
    forest.person("Béatrice", "Two", "paris", "Management", "Board Assistant", sam="btwo", mail="beatrice.two")
    forest.person("Sofia", "Marin", "paris", "Marketing", "Event Manager")


def between_the_companies(forest, abc):
    """On the move from ABC, and an account for a mailbox that ABC has."""
    milan = forest.person("Milan", "Kovac", "paris", "Engineering", "Architect", msExchMailboxGuid=abc.milan_mailbox,
                          sIDHistory=abc.milan_sid)
    milan.add("proxyAddresses", abc.milan_x500)
    klara = forest.person("Klara", "Novak", "paris", "Marketing", "Campaign Manager", sip=False, mail="klara.novak")
    forest.mail_user(klara, "klara.novak@abc.example", MAIL_USER).set(msExchMailboxGuid=abc.klara.get("msExchMailboxGuid"))
    klara.add("proxyAddresses", abc.klara.x500)
    forest.account("Marc Keller", forest.offices["paris"].unit, "mkeller", givenName="Marc", sn="Keller",
                   telephoneNumber="+33 1 99 00 1042", title="Directory Administrator", displayName="Marc Keller")


def groups(forest, managers):
    everyone = [entry for entry in forest.entries if entry.get("msRTCSIP-PrimaryUserAddress")]
    for department, head in managers.items():
        members = [entry for entry in everyone if entry.get("department") == department]
        forest.mail_group(f"Équipe {department}", forest.groups, "eq-" + department.lower().replace(" ", ""), members=members,
                          managedBy=head.dn)
    forest.mail_group("All XYZ", forest.groups, "all-xyz", security=True, members=everyone[:30])
    forest.mail_group("Ομάδα Αθηνών", forest.groups, "athens", members=everyone[3:12])
    forest.mail_group("Comité, restreint", forest.groups, "comite", members=everyone[:4],
                      dLMemSubmitPerms="CN=All XYZ," + forest.groups)
    forest.mail_group("Tous les employés", forest.groups, "tous", members=everyone[:40], msExchRequireAuthToSendTo="TRUE")
    forest.mail_group("Délégués", forest.groups, "delegues", members=everyone[8:11], msExchHideFromAddressLists="TRUE")
    forest.mail_group("Ancien bulletin", forest.groups, "bulletin", members=everyone[1:4], legacyExchangeDN=None)
    forest.mail_group("Télécopie", forest.groups, "fax", members=everyone[1:3], proxyAddresses=["smtp:fax@xyz.example"])
    forest.mail_group("Cantine", forest.groups, "cantine", members=everyone[2:6], proxyAddresses=None)
    forest.group("VPN Users", forest.groups, "vpn-users", security=True, members=everyone[:12])
    forest.dynamic("Tout Paris", forest.groups, "tout-paris", "(&(mailNickname=*)(l=Paris))")


def contacts(forest, abc, managers):
    partners = forest.partners
    forest.contact("Cabinet Lemoine", partners, "lemoine", "contact@lemoine.partners.xyz.example", company="Cabinet Lemoine",
                   description=["Commissaire aux comptes", "Mandat 2024–2029"])
    forest.contact("Фирма Преводи", partners, "prevodi", "office@prevodi.partners.xyz.example", company="Фирма Преводи")
    forest.contact("Agence Zéphyr", partners, "zephyr", "agence@zephyr.partners.xyz.example", "Agence", "Zéphyr")
    forest.contact("Partenaire caché", partners, "cache", "cache@partners.xyz.example", msExchHideFromAddressLists="TRUE")
    forest.contact("Partenaire sans proxy", partners, "sansproxy", "sansproxy@partners.xyz.example", proxyAddresses=None)
    forest.contact("Plombier", forest.external, "plombier", "plombier@partners.xyz.example")

    # ABC's people as XYZ's service desk made them by hand. Victoria's contact is somebody's manager.
    by = {entry.get("sAMAccountName"): entry for entry in abc.entries}
    victoria = forest.contact("Victoria Lang", forest.external, "x-vlang", "victoria@abc.example", "Victoria", "Lang")
    victoria.add("proxyAddresses", by["vlang"].x500)
    forest.contact("Bea Holm (ABC IT)", forest.address_list, "x-bholm", "b.holm@abc.example").add("proxyAddresses", by["bholm"].x500)
    forest.contact("Konrad Weiss", forest.address_list, "x-kweiss", "konrad.weiss@abc.example", "Konrad", "Weiss",
                   info="Asks for invoices in German")
    forest.contact("Ulrike Sommer - ABC", forest.external, "x-usommer", "ulrike.sommer@abc.example")
    forest.contact("Former ABC Consultant", forest.external, "x-consult", "consultant@abc.example")
    forest.person("Tomas", "Reed", "paris", "Management", "Liaison to ABC", manager=victoria.dn)
    managers["Sales"].set(manager=victoria.dn)
