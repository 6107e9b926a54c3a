#!/usr/bin/python3
"""replicate.py FOLDER PARTNER [DN...]

Brings the controller in FOLDER up to date with what the one at PARTNER has: the domain, or these naming contexts. Runs
beside the controller, as its own replication would.
"""

import pathlib
import sys

from samba import drs_utils
from samba.auth import system_session
from samba.dcerpc import misc
from samba.param import LoadParm
from samba.samdb import SamDB

import joined

PASSWORD = "Passw0rd.1"


def main(folder, partner, *contexts):
    parameters = LoadParm()
    parameters.load(str(pathlib.Path(folder) / "etc/smb.conf"))
    who = joined.administrator(parameters, parameters.get("workgroup"), PASSWORD)
    own = SamDB(session_info=system_session(), lp=parameters)
    other = SamDB(url=f"ldap://{partner}", session_info=system_session(), credentials=who, lp=parameters)
    invocation = misc.GUID(own.get_invocation_id())
    replica = drs_utils.drs_Replicate(f"ncacn_ip_tcp:{partner}[seal]", parameters, who, own, invocation)
    for context in contexts or [str(own.domain_dn())]:
        replica.replicate(context, misc.GUID(other.get_invocation_id()), misc.GUID(own.get_ntds_GUID()), sync_forced=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
