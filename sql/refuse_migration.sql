-- Raises what a refused migration prints: P0001 `IntegrateDB.InvalidMigration`.
-- Its DETAIL names the first `max_results` unmet claims (1 at least), a line
-- each, and ends with the same as JSON after `JSON: `.
create or replace function integratedb.refuse_migration(watched bigint[], max_results integer)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  detail text;
begin
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
  from integratedb.describe_unmet(watched, greatest(max_results, 1)) u;

  raise exception 'IntegrateDB.InvalidMigration'
    using
      errcode = 'P0001',
      detail = detail,
      hint = 'Please resolve the unmet claims above. Keep what they need until their stakeholders '
        'have moved on: a stakeholder that can do without makes the match or field "optional", and one '
        'that can read the new shape too adds it to the "alternatives", with "planned": true until it exists.';
end
$$;
