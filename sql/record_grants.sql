-- Keeps the ledger of what is to be taken back one day.
create or replace function integratedb.record_grants(steps integratedb.grant_step[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into integratedb.granted_schemas (stakeholder_id, schema)
  select s.stakeholder_id, s.schema
  from unnest(steps) s
  where s.relation is null and s.action = 'GRANT'
  on conflict on constraint granted_schemas_pkey do nothing;

  delete from integratedb.granted_schemas g
  using unnest(steps) s
  where s.relation is null and s.action = 'REVOKE'
    and g.stakeholder_id = s.stakeholder_id and g.schema = s.schema;

  insert into integratedb.granted_columns as g (stakeholder_id, relation, attnums)
  select s.stakeholder_id, s.relation, s.attnums
  from unnest(steps) s
  where s.relation is not null and s.action = 'GRANT'
  on conflict on constraint granted_columns_pkey do update
  set attnums = array(select unnest(g.attnums) union select unnest(excluded.attnums) order by 1);

  update integratedb.granted_columns g
  set attnums = array(select unnest(g.attnums) except select unnest(s.attnums) order by 1)
  from unnest(steps) s
  where s.relation is not null and s.action = 'REVOKE'
    and g.stakeholder_id = s.stakeholder_id and g.relation = s.relation;

  delete from integratedb.granted_columns g
  using unnest(steps) s
  where g.stakeholder_id = s.stakeholder_id and g.relation = s.relation and g.attnums = '{}';
end
$$;
