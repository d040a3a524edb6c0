-- Refuses the transaction it is called in if that would leave a claim unmet;
-- otherwise lets claims and grants follow the new state. Call it last. Answers 0.
--
-- Raises P0001 `IntegrateDB.InvalidMigration`; its DETAIL names the first
-- `max_results` unmet claims, a line each, and ends with the same as JSON.
create or replace function public.integratedb_validate_migration(max_results integer default 100)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  is_fenced boolean := false;
  changed bigint[];
  detail text;
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

  select
    format(E'%s unmet:\n', case max(u.total) when 1 then '1 claim would be' else max(u.total) || ' claims would be' end)
      || string_agg('  ' || u.problem, E'\n' order by u.stakeholder, u.claim_id)
      || case
        when max(u.total) > count(*) then format(E'\n  … and %s more.', max(u.total) - count(*))
        else ''
      end
      || E'\nJSON: '
      || jsonb_agg(
        jsonb_build_object('claim_id', u.claim_id, 'stakeholder', u.stakeholder, 'faults', u.faults)
        order by u.stakeholder, u.claim_id
      )
  into detail
  from integratedb.describe_unmet(changed, greatest(max_results, 1)) u;

  if detail is not null then
    raise exception 'IntegrateDB.InvalidMigration'
      using
        errcode = 'P0001',
        detail = detail,
        hint = 'Please resolve the unmet claims above. Keep what they need until their stakeholders '
          'have moved on: a stakeholder that can do without makes the match or field "optional", and one '
          'that can read the new shape too adds it to the "alternatives", with "planned": true until it exists.';
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
  perform integratedb.follow(changed);
  return 0;
end
$$;
