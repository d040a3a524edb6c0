-- Locks weakly (ACCESS SHARE) the tables that a document names or that the
-- stakeholders hold grants on, in one order, before the fence is taken: whoever
-- is altering one of them finishes first, and no migration ends up waiting for a
-- row that its waiter holds. Views, materialized views and foreign tables can't
-- be locked like this; the fence alone covers them.
drop function if exists integratedb.lock_tables(bigint, jsonb);

create or replace function integratedb.lock_tables(stakeholders bigint[], document jsonb)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  tables text;
begin
  loop
    select string_agg(format('only %I.%I', n.nspname, c.relname), ', ' order by c.oid)
    into tables
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p')
      and has_schema_privilege(n.oid, 'USAGE')
      and has_table_privilege(c.oid, 'SELECT')
      and (
        c.oid in (select g.relation from integratedb.granted_columns g where g.stakeholder_id = any (stakeholders))
        or (n.nspname, c.relname) in (
          select (a ->> 'schema')::name, (a ->> 'table')::name
          from jsonb_path_query(document, '$.match[*].alternatives[*]') a
        )
        or not c.relispartition and n.nspname in (
          select (a ->> 'schema')::name
          from jsonb_path_query(document, '$.match[*].alternatives[*] ? (@.table == null)') a
        )
      );
    exit when tables is null;
    begin
      execute format('lock table %s in access share mode', tables);
      exit;
    exception
      -- One was dropped or renamed while this waited: look again.
      when undefined_table or invalid_schema_name then null;
    end;
  end loop;
end
$$;
