-- Tells stakeholders, if they want to know, that their privileges have changed: the first
-- hundred changes of each.
create or replace function integratedb.alert_grants(steps integratedb.grant_step[])
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  select integratedb.leave_alert(
    c.stakeholder_id,
    'grants_changed',
    jsonb_build_object(
      'message', format('%s of your privileges %s', count(*), case count(*) when 1 then 'has changed.' else 'have changed.' end),
      'changes', jsonb_agg(c.change order by c.nth) filter (where c.nth <= 100),
      'total', count(*)
    )
  )
  from (
    select
      s.stakeholder_id,
      row_number() over (partition by s.stakeholder_id order by s.schema_name, s.table_name nulls first, s.action desc) as nth,
      jsonb_build_object(
        'action', s.action,
        'privilege', case when s.relation is null then 'USAGE' else 'SELECT' end,
        'schema', s.schema_name,
        'table', s.table_name,
        'columns', to_jsonb(s.columns)
      ) as change
    from unnest(steps) s
    where s.stakeholder_id in (select w from integratedb.wanted_alerts('grants_changed') w)
  ) c
  group by c.stakeholder_id
$$;
