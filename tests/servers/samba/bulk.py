#!/usr/bin/python3
"""bulk.py SMB.CONF NUMBER

Adds so many people with mailboxes to a forest, straight into its database and in one transaction: over LDAP it would
take many times as long.
"""

import sys

from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB


def main(configuration, number):
    parameters = LoadParm()
    parameters.load(configuration)
    # Without it every add copies the list of everything that is indexed so far.
    options = ["batch_mode:1", f"transaction_index_cache_size:{max(10000, number)}"]
    path = parameters.get("private dir") + "/sam.ldb"
    samdb = SamDB(path, session_info=system_session(parameters), lp=parameters, options=options)
    domain = str(samdb.domain_dn())
    samdb.add({"dn": f"OU=Load,{domain}", "objectClass": "organizationalUnit"})
    samdb.transaction_start()
    for one in range(number):
        mail, legacy = f"user{one}@bench.example", f"/o=Org/ou=Exchange/cn=Recipients/cn=user{one}"
        samdb.add({
            "dn": f"CN=User {one},OU=Load,{domain}", "objectClass": "user", "sAMAccountName": f"user{one}",
            "userAccountControl": "544", "displayName": f"User {one}", "givenName": "User", "sn": str(one), "mail": mail,
            "mailNickname": f"user{one}", "legacyExchangeDN": legacy, "telephoneNumber": f"+1 555 {one:07}",
            "proxyAddresses": [f"SMTP:{mail}", f"smtp:u{one}@bench.example", f"sip:{mail}", f"X500:{legacy}"],
            "mobile": f"+1 556 {one:07}", "title": "Engineer", "department": f"Department {one % 50}", "company": "Org",
            "l": f"City {one % 20}", "st": "State", "c": "US", "co": "United States", "countryCode": "840",
            "postalCode": f"{one % 99999:05}", "streetAddress": f"{one} Main Street",
            "physicalDeliveryOfficeName": f"B{one % 100}", "msRTCSIP-PrimaryUserAddress": f"sip:{mail}",
            "msExchHomeServerName": "/o=Org/ou=Exchange/cn=Configuration/cn=Servers/cn=MBX1",
            "msExchRecipientTypeDetails": "1", "msExchRecipientDisplayType": "1073741824",
        })
    samdb.transaction_commit()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
