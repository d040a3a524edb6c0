-- A watched table as documents and messages write it: `schema.table`, and
-- `schema.*` for the schema itself.
create or replace function integratedb.path_in_words(schema_name name, table_name name)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select schema_name || '.' || case table_name when '' then '*' else table_name::text end
$$;
