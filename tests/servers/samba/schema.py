"""What Exchange and Lync add to Active Directory's schema, as far as address lists are made of it.

attributes.tsv has one row for each attribute. Where the true object identifier is not known, one below
1.2.840.113556.1.8000.2554 (given out for private use) stands in.
"""

import base64
import csv
import pathlib
import uuid

import ldb

HERE = pathlib.Path(__file__).resolve().parent
PRIVATE = "1.2.840.113556.1.8000.2554.31415.9265.358.979.2."
CUSTOM = [f"extensionAttribute{number}" for number in range(1, 16)]
STORAGE = "msExchMailboxGuid mDBUseDefaults msExchHomeServerName homeMDB autoReply garbageCollPeriod".split()
BASE = (
    "msExchUserAccountControl msExchALObjectVersion showInAddressBook msExchHideFromAddressLists legacyExchangeDN"
).split()
GROUP = "hideDLMembership reportToOriginator reportToOwner oOFReplyToOriginator".split()
DYNAMIC = "msExchDynamicDLBaseDN msExchDynamicDLFilter msExchQueryFilter".split()
COPIED = (
    "lDAPDisplayName attributeID attributeSyntax oMSyntax isSingleValued rangeLower rangeUpper searchFlags "
    "isMemberOfPartialAttributeSet mAPIID linkID systemFlags"
).split()


def attributes():
    with open(HERE / "attributes.tsv", encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t"))


def extend(database):
    """Adds attributes, then classes, then puts them into the classes that are there. `database` gives a new SamDB
    for each step: a schema counts only for those who open it afterwards."""
    rows = attributes()
    samdb = database()
    schema = str(samdb.get_schema_basedn())
    add_all(samdb, [attribute(row, schema) for row in rows])
    add_all(database(), classes(schema))
    samdb = database()
    samdb.transaction_start()
    for cn, may, auxiliary in additions([row["lDAPDisplayName"] for row in rows]):
        message = ldb.Message(ldb.Dn(samdb, f"CN={cn},{schema}"))
        for name, values in (("auxiliaryClass", auxiliary), ("mayContain", may)):
            if values:
                message[name] = ldb.MessageElement(values, ldb.FLAG_MOD_ADD, name)
        samdb.modify(message)
    # Exchange keeps its address lists below containers of its own.
    lists = ldb.Message(ldb.Dn(samdb, f"CN=Address-Book-Container,{schema}"))
    lists["possSuperiors"] = ldb.MessageElement(["container"], ldb.FLAG_MOD_ADD, "possSuperiors")
    samdb.modify(lists)
    samdb.transaction_commit()
    add_all(database(), [dynamic_list(schema)])


def add_all(samdb, objects):
    samdb.transaction_start()
    for one in objects:
        samdb.add(one)
    samdb.transaction_commit()


def described(cn, schema, kind):
    return {
        "dn": f"CN={cn},{schema}",
        "objectClass": kind,
        "adminDisplayName": cn,
        "adminDescription": cn,
        "showInAdvancedViewOnly": "TRUE",
    }


def attribute(row, schema):
    one = described(row["cn"], schema, "attributeSchema")
    one.update({key: row[key] for key in COPIED if row[key]})
    if row["oMObjectClass"]:
        one["oMObjectClass"] = base64.b64decode(row["oMObjectClass"])
    if row["schemaIDGUID"] and "?" not in row["schemaIDGUID"]:
        one["schemaIDGUID"] = uuid.UUID(row["schemaIDGUID"]).bytes_le
    return one


def classes(schema):
    def auxiliary(cn, name, oid, may):
        one = described(cn, schema, "classSchema")
        one.update(
            lDAPDisplayName=name, governsID=oid, subClassOf="top", objectClassCategory="3", rDNAttID="cn",
            systemOnly="FALSE", defaultHidingValue="TRUE", mayContain=may,
        )
        return one

    return [
        auxiliary("ms-Exch-Base-Class", "msExchBaseClass", "1.2.840.113556.1.5.7000.62.14", BASE),
        auxiliary("ms-Exch-Custom-Attributes", "msExchCustomAttributes", "1.2.840.113556.1.5.7000.62.6", CUSTOM),
        auxiliary("ms-Exch-Mail-Storage", "msExchMailStorage", "1.2.840.113556.1.5.7000.62.5", STORAGE),
    ]


def additions(names):
    """The classes that are there, and what they may hold from now on."""
    lync = [name for name in names if name.startswith("msRTCSIP")]
    elsewhere = {*CUSTOM, *STORAGE, *BASE, *GROUP, *DYNAMIC, *lync}
    elsewhere |= {"telephoneAssistant", "homeMDBBL", "msExchOriginatingForest"}
    recipient = [name for name in names if name not in elsewhere] + ["assistant", "mail"]
    person = ["msExchOriginatingForest", *lync]
    both = ["msExchBaseClass", "msExchCustomAttributes"]
    return [
        ("Mail-Recipient", recipient, []),
        ("Organizational-Person", ["telephoneAssistant"], []),
        ("Contact", person, both),
        ("User", person, [*both, "msExchMailStorage"]),
        ("Group", [*GROUP, "msExchOriginatingForest", "msRTCSIP-PrimaryUserAddress"], both),
    ]


def dynamic_list(schema):
    one = described("ms-Exch-Dynamic-Distribution-List", schema, "classSchema")
    one.update(
        lDAPDisplayName="msExchDynamicDistributionList", governsID=PRIVATE + "1", subClassOf="top",
        objectClassCategory="1", rDNAttID="cn", systemOnly="FALSE", defaultHidingValue="FALSE",
        auxiliaryClass=["mailRecipient", "msExchBaseClass", "msExchCustomAttributes"],
        mayContain=[*DYNAMIC, "displayName", "msExchOriginatingForest"],
        # Everybody who has an account may read it.
        defaultSecurityDescriptor="D:(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)(A;;RPLCLORC;;;AU)",
        possSuperiors=["organizationalUnit", "container"],
    )
    return one
