#!/usr/bin/python3
"""forest.py FOLDER REALM NETBIOS ADDRESS PASSWORD [bare]

Makes one Active Directory forest of Samba in FOLDER, ready to be started: the domain, the schema of Exchange and Lync
(not for a bare one), containers, accounts, a certificate. Runs under the system's Python, which has Samba's modules; needs neither
root nor a network.

  svc-madrigal  what a sync needs: replicating changes, reading tombstones, writing below OU=Address List
  svc-reader    an ordinary user: reads what everybody may read
  svc-blind     reads and may write below OU=Address List, but does not see tombstones
  svc-secrets   may replicate secrets as well, which nobody should
"""

import logging
import os
import pathlib
import subprocess
import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm
from samba.provision import provision
from samba.samdb import SamDB

import schema

HOST = "dc1"
MAP_SIZE = 8 * 1024**3
# The right DS-Replication-Get-Changes on the head of a naming context.
GET_CHANGES = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
# DS-Replication-Get-Changes-All: passwords as well.
GET_CHANGES_ALL = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"
FULL_CONTROL = "RPWPCRCCDCLCLORCWOWDSDDTSW"

SMB_CONF = """[global]
  netbios name = {host}
  workgroup = {netbios}
  realm = {realm}
  server role = active directory domain controller
  server services = ldap
  interfaces = {address}/8
  bind interfaces only = yes
  private dir = {folder}/private
  binddns dir = {folder}/bind-dns
  state directory = {folder}/state
  cache directory = {folder}/cache
  lock directory = {folder}/lock
  pid directory = {folder}/run
  ncalrpc dir = {folder}/ncalrpc
  log file = {folder}/log/log.samba
  ntp signd socket directory = {folder}/run/ntp_signd
  winbindd socket directory = {folder}/run/winbindd
  ldap server require strong auth = {strong}
  dsdb:schema update allowed = yes
  ldb:nosync = yes
  tls enabled = yes
  tls keyfile = tls/key.pem
  tls certfile = tls/cert.pem
  tls cafile = tls/ca.pem
  tls dh params file = tls/dh.pem
  log level = 1

[sysvol]
  path = {folder}/state/sysvol
[netlogon]
  path = {folder}/state/sysvol/{dns}/scripts
"""


def main(folder, realm, netbios, address, password, kind=""):
    folder = pathlib.Path(folder).resolve()
    configuration = configure(folder, HOST, realm, netbios, address)
    logging.basicConfig(level=logging.ERROR)
    parameters = LoadParm()
    parameters.load(str(configuration))
    session = system_session(parameters)
    made = provision(
        logging.getLogger("provision"), session, smbconf=str(configuration), targetdir=None, realm=realm.upper(),
        domain=netbios, hostname=HOST, hostip=address, adminpass=password, serverrole="dc", dns_backend="NONE",
        dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2, lp=parameters, skip_sysvolacl=True, backend_store="mdb",
        backend_store_size=MAP_SIZE,
    )
    del made

    def database():
        parameters.set("dsdb:schema update allowed", "yes")
        return SamDB(str(folder / "private/sam.ldb"), session_info=session, lp=parameters)

    if kind != "bare":
        schema.extend(database)
    populate(database(), password)
    certificates(folder / "private/tls", f"{HOST}.{realm.lower()}", address, realm)


def configure(folder, host, realm, netbios, address):
    """A controller's folders and its configuration."""
    for name in "etc private state cache lock run log ncalrpc".split():
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "private").chmod(0o700)
    configuration = folder / "etc/smb.conf"
    configuration.write_text(
        SMB_CONF.format(
            host=host.upper(), netbios=netbios, realm=realm.upper(), address=address, folder=folder,
            dns=realm.lower(), strong="no",
        ),
        encoding="utf-8",
    )
    return configuration


def populate(samdb, password):
    domain = str(samdb.domain_dn())
    samdb.transaction_start()
    # A template that is older than a password may get would lock everybody out.
    samdb.modify_ldif(
        f"dn: {domain}\nchangetype: modify\nreplace: maxPwdAge\nmaxPwdAge: 0\nreplace: minPwdAge\nminPwdAge: 0\n"
    )
    samdb.add({"dn": f"OU=Address List,{domain}", "objectClass": "organizationalUnit"})
    samdb.setexpiry("(sAMAccountName=Administrator)", 0, no_expiry_req=True)
    sid = {}
    for name in ("svc-madrigal", "svc-reader", "svc-blind", "svc-secrets"):
        samdb.newuser(name, password)
        samdb.setexpiry(f"(sAMAccountName={name})", 0, no_expiry_req=True)
        found = samdb.search(domain, ldb.SCOPE_SUBTREE, f"(sAMAccountName={name})", ["objectSid"])
        sid[name] = ndr_unpack(security.dom_sid, found[0]["objectSid"][0])
    allow(samdb, domain, f"(OA;;CR;{GET_CHANGES};;{sid['svc-madrigal']})")
    allow(samdb, domain, f"(OA;;CR;{GET_CHANGES_ALL};;{sid['svc-secrets']})")
    for context in (domain, f"CN=Configuration,{domain}"):
        allow(samdb, f"CN=Deleted Objects,{context}", f"(A;CIOI;RPLCRC;;;{sid['svc-madrigal']})")
    for name in ("svc-madrigal", "svc-blind"):
        allow(samdb, f"OU=Address List,{domain}", f"(A;CI;{FULL_CONTROL};;;{sid[name]})")
    samdb.transaction_commit()


def allow(samdb, dn, entry):
    """Puts an access control entry in front of those that an object has."""
    controls = ["show_deleted:1", "sd_flags:1:4"]
    domain = security.dom_sid(samdb.get_domain_sid())
    found = samdb.search(dn, ldb.SCOPE_BASE, attrs=["nTSecurityDescriptor"], controls=controls)
    text = ndr_unpack(security.descriptor, found[0]["nTSecurityDescriptor"][0]).as_sddl(domain)
    at = text.index("(", text.index("D:"))
    descriptor = security.descriptor.from_sddl(text[:at] + entry + text[at:], domain)
    message = ldb.Message(ldb.Dn(samdb, dn))
    message["acl"] = ldb.MessageElement(ndr_pack(descriptor), ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor")
    samdb.modify(message, controls)


def certificates(folder, host, address, realm):
    """An authority and a certificate with the server's names: Samba's own has none that a strict client takes."""
    folder.mkdir(parents=True, exist_ok=True)

    def openssl(*arguments):
        silent = subprocess.DEVNULL
        subprocess.check_call(["openssl", *arguments], cwd=folder, stdout=silent, stderr=silent)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl(
        "req", "-x509", *curve, "-days", "3650", "-subj", f"/O=test/CN={realm} authority", "-keyout", "ca-key.pem",
        "-out", "ca.pem", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
    )
    openssl("req", *curve, "-subj", f"/CN={host}", "-keyout", "key.pem", "-out", "request.pem")
    (folder / "extensions").write_text(
        f"subjectAltName=DNS:{host},DNS:localhost,IP:{address}\nbasicConstraints=CA:FALSE\n"
        "extendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\n",
        encoding="utf-8",
    )
    openssl(
        "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days",
        "3650", "-extfile", "extensions", "-out", "cert.pem",
    )
    # Else every start generates them, for seconds.
    openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", "dh.pem")
    os.chmod(folder / "key.pem", 0o600)


if __name__ == "__main__":
    main(*sys.argv[1:7])
