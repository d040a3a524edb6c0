-- What a snapshot leaves to others to make: what belongs to an extension, and
-- what Postgres makes along with something else.
create or replace view integratedb.snapshot_made_by_others as
select d.classid, d.objid
from pg_catalog.pg_depend d
where d.deptype = 'e'
union
select d.classid, d.objid
from pg_catalog.pg_depend d
where d.deptype = 'i'
  and d.classid in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_type'::regclass, 'pg_catalog.pg_cast'::regclass);
