-- Whom the lines of the audit log are about, so that one identity's are found without reading the log: for each
-- transaction the first line's number, and of each of its lines the first four octets of the identity's id. A tree keyed
-- by identities would be touched everywhere by every transaction; this is only ever appended to.

create table audit_place (
    line integer primary key,
    who blob not null on conflict fail
) strict;

insert into audit_place (line, who) select id, substr(packed, 5, 4) from audit;
