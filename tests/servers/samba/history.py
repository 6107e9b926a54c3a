#!/usr/bin/python3
"""history.py FOLDER DN SID

Gives an account of a forest's controller in FOLDER an earlier SID, as a migration does. Over LDAP nobody may.
"""

import pathlib
import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_pack
from samba.param import LoadParm
from samba.samdb import SamDB


def main(folder, dn, sid):
    folder = pathlib.Path(folder)
    parameters = LoadParm()
    parameters.load(str(folder / "etc/smb.conf"))
    samdb = SamDB(str(folder / "private/sam.ldb"), session_info=system_session(parameters), lp=parameters)
    message = ldb.Message(ldb.Dn(samdb, dn))
    message["sIDHistory"] = ldb.MessageElement(ndr_pack(security.dom_sid(sid)), ldb.FLAG_MOD_ADD, "sIDHistory")
    samdb.modify(message)


if __name__ == "__main__":
    main(*sys.argv[1:4])
