-- The claimed tables that are not as the last sync left them, as `schema.table`,
-- for the journal. Tables that no sync has seen yet can't have changed.
create or replace function integratedb.tables_that_differ()
returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array(
    select integratedb.path_in_words(w.schema_name, w.table_name)
    from integratedb.changed_tables() c
    join integratedb.watched_tables w on w.id = c.watched_id
    where w.digest is not null
    order by 1
  )
$$;
