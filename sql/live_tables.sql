-- The watched tables as they are now: which schema and relation bear the name,
-- null where none does.
create or replace view integratedb.live_tables as
select
  w.id as watched_id,
  w.schema_name,
  w.table_name,
  w.table_name = '' as is_schema,
  w.relation as seen_relation,
  n.oid as schema,
  c.oid as relation,
  c.relowner as owner,
  case w.table_name when '' then n.oid is not null else c.oid is not null end as found,
  w.is_heard
from integratedb.watched_tables w
left join pg_catalog.pg_namespace n on n.nspname = w.schema_name
left join pg_catalog.pg_class c
  on c.relnamespace = n.oid
  and c.relname = w.table_name
  and c.relkind in ('r', 'p', 'v', 'm', 'f');
