-- The work of integratedb_validate_migration(), apart from it for the gate, which
-- has to work in a transaction that drops the schema public, too; and for changes of the
-- control plane. `judge` says who asks:
--
--   call     refuses if anything is unmet, whoever has caused it
--   gate     refuses what this transaction breaks, and nothing else
--   control  the same, and it is no migration that is refused; what programs from before
--            there were judges mean, which may be served beside this one during an upgrade
drop function if exists integratedb.validate_migration(integer);
drop function if exists integratedb.validate_migration(integer, boolean);
create or replace function integratedb.validate_migration(max_results integer, judge text default 'control')
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  began timestamptz := clock_timestamp();
  by_gate boolean := judge = 'gate';
  is_met boolean := true;
  is_fenced boolean := false;
  changed bigint[];
  broken bigint[];
  tables text[] := '{}';
  grants jsonb := '[]';
begin
  -- A transaction that has written may have changed the schema, also in tables
  -- that its snapshot shows as claimed by nobody.
  if pg_current_xact_id_if_assigned() is not null then
    perform integratedb.take_fence();
    is_fenced := true;
  end if;

  changed := array(select c.watched_id from integratedb.changed_tables() c);
  if changed = '{}' and not integratedb.usage_has_drifted() then
    if by_gate then
      perform integratedb.enter_in_journal('validated', by_gate, began, tables, grants);
    end if;
    return 0;
  end if;

  if not is_fenced then
    perform integratedb.take_fence();
    changed := array(select c.watched_id from integratedb.changed_tables() c);
  end if;

  if exists (select from integratedb.unmet(changed)) then
    broken := array(select b.claim_id from integratedb.broken_by_this(changed) b);
    if broken <> '{}' or judge = 'call' then
      perform integratedb.refuse_migration(judge, changed, broken, max_results);
    end if;
    is_met := false;
  end if;

  if integratedb.usage_has_drifted() then
    changed := array(
      select c.watched_id from integratedb.changed_tables() c
      union
      select t.watched_id
      from integratedb.live_tables t
      join integratedb.granted_schemas g on g.schema = t.schema
    );
  end if;
  tables := integratedb.tables_that_differ();
  grants := integratedb.follow(changed, is_met);
  if not is_met or exists (select from integratedb.known_faults) then
    perform integratedb.note_faults();
  end if;
  if exists (select from integratedb.claims c where c.unmet_since is not null) then
    perform integratedb.note_unmet(array(select a.stakeholder_id from integratedb.alerts a));
  end if;
  if by_gate or tables <> '{}' or grants <> '[]' then
    perform integratedb.enter_in_journal('validated', by_gate, began, tables, grants);
  end if;
  return 0;
end
$$;
