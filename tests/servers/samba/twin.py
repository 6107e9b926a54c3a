#!/usr/bin/python3
"""twin.py FOLDER TWIN ADDRESS OTHER

Makes of a copy of a forest's controller (TWIN, of FOLDER) another controller at another address: its paths, its address,
and the identity of its database.
"""

import pathlib
import sys
import uuid

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB


def main(folder, twin, address, other):
    configuration = pathlib.Path(twin) / "etc/smb.conf"
    text = configuration.read_text(encoding="utf-8").replace(folder + "/", twin + "/").replace(address, other)
    configuration.write_text(text, encoding="utf-8")
    parameters = LoadParm()
    parameters.load(str(configuration))
    samdb = SamDB(str(pathlib.Path(twin) / "private/sam.ldb"), session_info=system_session(parameters), lp=parameters)
    message = ldb.Message(ldb.Dn(samdb, samdb.get_dsServiceName()))
    identity = uuid.uuid5(uuid.NAMESPACE_DNS, twin).bytes_le
    message["invocationId"] = ldb.MessageElement(identity, ldb.FLAG_MOD_REPLACE, "invocationId")
    samdb.modify(message, ["relax:0", "provision:0"])


if __name__ == "__main__":
    main(*sys.argv[1:5])
