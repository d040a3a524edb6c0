-- The work of integratedb_validate_migration(), apart from it for the gate: which
-- has to work in a transaction that drops the schema public, too.
create or replace function integratedb.validate_migration(max_results integer)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  is_fenced boolean := false;
  changed bigint[];
begin
  -- A transaction that has written may have changed the schema, also in tables
  -- that its snapshot shows as claimed by nobody.
  if pg_current_xact_id_if_assigned() is not null then
    perform integratedb.take_fence();
    is_fenced := true;
  end if;

  changed := array(select c.watched_id from integratedb.changed_tables() c);
  if changed = '{}' and not integratedb.usage_has_drifted() then
    return 0;
  end if;

  if not is_fenced then
    perform integratedb.take_fence();
    changed := array(select c.watched_id from integratedb.changed_tables() c);
  end if;

  if exists (select from integratedb.unmet(changed)) then
    perform integratedb.refuse_migration(changed, max_results);
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
  perform integratedb.follow(changed, true);
  return 0;
end
$$;
