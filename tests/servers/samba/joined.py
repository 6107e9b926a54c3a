#!/usr/bin/python3
"""joined.py FOLDER REALM NETBIOS ADDRESS PARTNER PASSWORD

Makes a second domain controller of a forest in FOLDER, at ADDRESS: it joins the domain at PARTNER, another controller
that is running with Samba's service `rpc`, and has everything from there. From then on `replicate.py` brings it up to
date.
"""

import logging
import pathlib
import sys

from samba.credentials import DONT_USE_KERBEROS, Credentials
from samba.join import join_DC
from samba.param import LoadParm

import forest

HOST = "dc2"


def main(folder, realm, netbios, address, partner, password):
    folder = pathlib.Path(folder).resolve()
    forest.configure(folder, HOST, realm, netbios, address)
    parameters = LoadParm()
    parameters.load(str(folder / "etc/smb.conf"))
    logging.basicConfig(level=logging.ERROR)
    join_DC(
        logging.getLogger("join"), server=partner, creds=administrator(parameters, netbios, password), lp=parameters,
        site="Default-First-Site-Name", netbios_name=HOST.upper(), domain=realm.lower(), dns_backend="NONE",
        backend_store="mdb", backend_store_size=forest.MAP_SIZE,
    )
    forest.certificates(folder / "private/tls", f"{HOST}.{realm.lower()}", address, realm)


def administrator(parameters, netbios, password):
    who = Credentials()
    who.guess(parameters)
    who.set_username("administrator")
    who.set_password(password)
    who.set_domain(netbios)
    who.set_kerberos_state(DONT_USE_KERBEROS)
    return who


if __name__ == "__main__":
    main(*sys.argv[1:7])
