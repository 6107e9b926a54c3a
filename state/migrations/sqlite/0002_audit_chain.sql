-- Each line of the audit log is hashed together with the line before it, and the last link is kept apart, so that a line
-- that was changed, taken out or added is seen. Lines of before are not in the chain: it begins at `first`.

alter table audit add column link blob;

create table audit_head (
    id integer primary key check (id = 1),
    first integer not null,
    line integer not null,
    link blob not null
) strict;
