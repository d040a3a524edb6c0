-- Whether this registry was restored from a dump, and nobody has learned the numbers of its
-- tables since (adopt_restored.sql).
create or replace function integratedb.is_restored()
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  there text := (select h.place from integratedb.home h);
begin
  if there is not null then
    return there <> integratedb.here();
  end if;
  -- One that has never said where it stands gives itself away by numbers of nothing.
  return exists (select from integratedb.watched_tables w where w.relation is not null)
    and not exists (
      select from integratedb.watched_tables w
      left join pg_class c on c.oid = w.relation and c.relname = w.table_name
      left join pg_namespace n on n.oid = w.relation and n.nspname = w.schema_name and w.table_name = ''
      where c.oid is not null or n.oid is not null
    );
end
$$;
