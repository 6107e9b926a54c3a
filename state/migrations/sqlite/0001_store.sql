-- What is remembered. docs/design/store.md says why the tables are so.
--
-- Bulk tables are rowid tables without a second index: everything is found through the one index below, whose changes
-- are appended and folded into buckets later, so that a first load only ever appends. `on conflict fail`: a constraint
-- that can abort a statement makes SQLite keep a journal for it, at half the speed; an error rolls the whole
-- transaction back anyhow. Blobs end with a checksum.

create table setting (
    name text not null primary key,
    value integer not null
) strict, without rowid;

create table lease (
    id integer primary key check (id = 1),
    holder text,
    token integer not null,
    until_ms integer not null
) strict;

insert into lease (id, holder, token, until_ms) values (1, null, 0, 0);

create table connector (
    id integer primary key,
    name text not null unique,
    mark blob,
    read_with integer,
    imports_complete integer not null default 0,
    full_imports_complete integer not null default 0,
    last_import_ms integer,
    objects integer not null default 0
) strict;

create table run (
    id integer primary key,
    profile text not null,
    started_by text not null,
    began_ms integer not null,
    ended_ms integer,
    outcome text
) strict;

-- Dictionaries: a packed row says 17 where it means `proxyAddresses`, or the rule and what it reads.
create table attribute (
    id integer primary key,
    name text not null unique
) strict;

create table flow_source (
    id integer primary key,
    source text not null
) strict;

-- id: the connector's number above, counted up within the connector in the lower 32 bits.
create table object (
    id integer primary key,
    gone integer not null on conflict fail,
    head blob not null on conflict fail,
    body blob not null on conflict fail
) strict;

create index object_gone on object (id) where gone = 1;

create table link (
    object integer primary key,
    provisioned integer not null on conflict fail,
    packed blob not null on conflict fail
) strict;

create index link_provisioned on link (object) where provisioned = 1;

create table identity (
    id integer primary key,
    due_ms integer,
    packed blob not null on conflict fail
) strict;

create index identity_due on identity (due_ms) where due_ms is not null;

-- id: the identity's number above, the connector's in the lower 12 bits.
create table export_state (
    id integer primary key,
    connector integer not null on conflict fail,
    begun_line integer,
    packed blob not null on conflict fail,
    pending blob,
    unconfirmed blob
) strict;

create index export_pending on export_state (connector) where pending is not null;
create index export_unconfirmed on export_state (connector) where unconfirmed is not null;

create table dirty_object (id integer primary key) strict;
create table dirty_identity (id integer primary key) strict;

-- The index: what a 64-bit hash belongs to. Changes of each transaction are appended to the log and folded into the
-- buckets when many have come together.
create table index_log (
    id integer primary key,
    packed blob not null
) strict;

create table index_bucket (
    id integer primary key,
    packed blob not null on conflict fail
) strict;

create table large_value (
    id integer primary key,
    hash blob not null unique on conflict ignore,
    content blob not null
) strict;

create table problem (
    subject blob not null,
    place integer not null,
    problem text not null,
    primary key (subject, place)
) strict;

create table audit (
    id integer primary key,
    at_ms integer not null,
    run integer not null,
    event text not null,
    begun_line integer,
    packed blob not null
) strict;
