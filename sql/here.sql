-- Where this registry stands: the server, and the number that one of its tables has in it. A
-- dump brings neither.
create or replace function integratedb.here()
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return format(
    '%s %s', (select c.system_identifier from pg_control_system() c), 'integratedb.watched_tables'::regclass::oid
  );
end
$$;
