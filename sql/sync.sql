-- The work of integratedb_sync(); and of a migration that overrides the gate, for
-- a reason.
drop function if exists integratedb.sync();
create or replace function integratedb.sync(override_reason text default null)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  began timestamptz := clock_timestamp();
  tables text[];
  grants jsonb;
begin
  perform integratedb.take_fence();
  tables := integratedb.tables_that_differ();
  grants := integratedb.follow(array(select w.id from integratedb.watched_tables w), false);
  perform integratedb.note_unmet(array(select a.stakeholder_id from integratedb.alerts a), override_reason);
  if override_reason is not null then
    perform integratedb.enter_in_journal('overridden', true, began, tables, grants, override_reason);
  elsif tables <> '{}' or grants <> '[]' then
    perform integratedb.enter_in_journal('synced', false, began, tables, grants, null);
  end if;
end
$$;
