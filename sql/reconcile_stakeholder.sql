-- Reconciles the grants of one stakeholder on everything it claims or holds.
create or replace function integratedb.reconcile_stakeholder(stakeholder bigint)
returns table (
  stakeholder_id bigint,
  role name,
  action text,
  schema_name name,
  table_name name,
  columns name[],
  problem text,
  code text
)
language sql
set search_path = pg_catalog, pg_temp
as $$
  select r.*
  from integratedb.reconcile_grants(
    array(
      select t.relation
      from integratedb.live_tables t
      join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
      join integratedb.claims c on c.id = ct.claim_id
      where c.stakeholder_id = stakeholder and t.relation is not null
      union
      select g.relation from integratedb.granted_columns g where g.stakeholder_id = stakeholder
    ),
    array[stakeholder]
  ) r
$$;
