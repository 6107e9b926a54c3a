-- Whether an object waits for a sync only because of values that nobody else looks at.

alter table dirty_object add column quiet integer not null default 0;
