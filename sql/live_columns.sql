-- The columns of every table, partitioned table, view, materialized view and
-- foreign table, as information_schema.columns would show them to a superuser
-- (which leaves materialized views out, and hides what its caller may not see).
--
--   data_type    information_schema's name: of a domain, its base type's;
--                ARRAY and USER-DEFINED for what it doesn't name
--   type_name    the real name: text[], public.mood
--   names        all that a document may call that type
--   max_length   character length or numeric precision; null: no limit
--
-- type_name is qualified as far as the search_path makes it necessary: read
-- this with search_path = pg_catalog, pg_temp.
create or replace view integratedb.live_columns as
select
  c.oid as relation, n.nspname as schema_name, c.relname as table_name,
  a.column_name, a.attnum, a.data_type, a.type_name, a.names, a.max_length, a.is_nullable
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join integratedb.live_attributes a on a.relation = c.oid
where c.relkind in ('r', 'p', 'v', 'm', 'f');
