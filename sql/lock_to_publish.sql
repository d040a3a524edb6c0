-- Locks the tables that a document names and that aren't published, as publishing
-- them will. It comes first of all, while nothing else is held, so that it may wait
-- long enough (deadlock_timeout) for an automatic VACUUM to give way.
create or replace function integratedb.lock_to_publish(document jsonb)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set lock_timeout = '1500ms'
as $$
declare
  named record;
begin
  for named in
    select n.nspname, c.relname
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p')
      and (n.nspname, c.relname) in (
        select (a ->> 'schema')::name, (a ->> 'table')::name
        from jsonb_path_query(document, '$.match[*].alternatives[*]') a
      )
      and c.oid not in (
        select r.prrelid
        from pg_publication_rel r
        join pg_publication p on p.oid = r.prpubid
        where p.pubname in ('integratedb', 'integratedb_inserts')
      )
      and pg_has_role(c.relowner, 'USAGE')
    order by c.oid
  loop
    begin
      execute format('lock table only %I.%I in share update exclusive mode', named.nspname, named.relname);
    exception
      -- What is gone by now is said later, in words.
      when undefined_table or invalid_schema_name then null;
    end;
  end loop;
end
$$;
