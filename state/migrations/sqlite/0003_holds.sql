-- What a person took back: it is not written again until its source changes or a person lets it.

alter table export_state add column held blob;

create index export_held on export_state (connector) where held is not null;
