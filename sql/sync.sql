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
  broken bigint[] := '{}';
begin
  perform integratedb.take_fence();
  tables := integratedb.tables_that_differ();
  if override_reason is not null then
    broken := array(
      select b.claim_id
      from integratedb.broken_by_this(array(select w.id from integratedb.watched_tables w)) b
    );
  end if;
  grants := integratedb.follow(array(select w.id from integratedb.watched_tables w), false);
  -- What the gate has yet to judge is not known before that, or asking for a sync would
  -- be a way around it.
  if override_reason is not null
    or not exists (select from integratedb.gate_marks m where m.xid = pg_current_xact_id())
  then
    perform integratedb.note_faults();
  end if;
  perform integratedb.note_unmet(array(select a.stakeholder_id from integratedb.alerts a), override_reason, broken);
  if override_reason is not null then
    perform integratedb.enter_in_journal('overridden', true, began, tables, grants, override_reason, broken);
  elsif tables <> '{}' or grants <> '[]' then
    perform integratedb.enter_in_journal('synced', false, began, tables, grants);
  end if;
end
$$;
