-- The schemas whose objects a snapshot carries: all but Postgres's and our own.
create or replace view integratedb.snapshot_schemas as
select n.oid as schema, n.nspname as name
from pg_catalog.pg_namespace n
where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'integratedb');
