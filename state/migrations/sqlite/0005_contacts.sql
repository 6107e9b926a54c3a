-- How many links of each connector are to contacts of ours: the guard asks at every plan, and to count them took longer
-- the more there were.

alter table connector add column contacts integer not null default 0;

update connector set contacts =
    (select count(*) from link where provisioned = 1 and object >> 32 = connector.id);

drop index link_provisioned;
