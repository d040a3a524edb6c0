-- What is missing and what is too much between the claims and the privileges
-- that the database holds, for these relations and these stakeholders: one row
-- per role and table (or schema). Changes nothing.
--
--   columns     attribute numbers, null for USAGE on a schema
--   is_allowed  whether the control plane may grant or revoke this
--   is_effective  whether the role has all of it anyway (through PUBLIC, say)
--
-- Only what IntegrateDB granted is ever too much.
create or replace function integratedb.grant_plan(relations oid[], stakeholders bigint[])
returns table (
  stakeholder_id bigint,
  role name,
  action text,
  schema oid,
  relation oid,
  columns smallint[],
  is_allowed boolean,
  is_effective boolean
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  with holder as materialized (
    select s.id, s.name as role, r.oid
    from integratedb.stakeholders s
    join pg_roles r on r.rolname = s.name
    where s.id = any (stakeholders)
  ),
  column_state as (
    select
      c.stakeholder_id, t.relation, a.attnum,
      true as is_wanted, false as is_held, false as is_ours
    from integratedb.live_tables t
    join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
    join integratedb.claims c on c.id = ct.claim_id
    join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
    join pg_attribute a
      on a.attrelid = t.relation and a.attname = cc.column_name and a.attnum > 0 and not a.attisdropped
    where t.relation = any (relations) and c.stakeholder_id = any (stakeholders)
    union all
    select h.id, a.attrelid, a.attnum, false, true, false
    from pg_attribute a
    cross join lateral aclexplode(a.attacl) acl
    join holder h on h.oid = acl.grantee
    where a.attrelid = any (relations)
      and a.attacl is not null
      and acl.privilege_type = 'SELECT'
      and not a.attisdropped
    union all
    select g.stakeholder_id, g.relation, unnest(g.attnums), false, false, true
    from integratedb.granted_columns g
    where g.relation = any (relations) and g.stakeholder_id = any (stakeholders)
  ),
  difference as (
    select
      s.stakeholder_id, s.relation, s.attnum,
      case when bool_or(s.is_wanted) then 'GRANT' else 'REVOKE' end as action
    from column_state s
    group by s.stakeholder_id, s.relation, s.attnum
    having bool_or(s.is_wanted) <> bool_or(s.is_held)
      and (bool_or(s.is_wanted) or bool_or(s.is_ours))
  ),
  -- A table of a schema needs USAGE on it, however many claims name it.
  wanted_schema as (
    select distinct c.stakeholder_id, t.schema
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    join integratedb.live_tables t on t.watched_id = ct.watched_id and t.found
    where c.stakeholder_id = any (stakeholders)
  ),
  schema_difference as (
    select h.id as stakeholder_id, h.role, h.oid as holder, 'GRANT' as action, w.schema
    from wanted_schema w
    join holder h on h.id = w.stakeholder_id
    where not has_schema_privilege(h.oid, w.schema, 'USAGE')
    union all
    select h.id, h.role, h.oid, 'REVOKE', g.schema
    from integratedb.granted_schemas g
    join holder h on h.id = g.stakeholder_id
    join pg_namespace n on n.oid = g.schema
    where not exists (
      select from wanted_schema w
      where w.stakeholder_id = g.stakeholder_id and w.schema = g.schema
    )
  )
  select
    h.id, h.role, d.action, c.relnamespace, d.relation, array_agg(d.attnum order by d.attnum),
    bool_and(has_column_privilege(d.relation, d.attnum, 'SELECT WITH GRANT OPTION')),
    bool_and(has_column_privilege(h.oid, d.relation, d.attnum, 'SELECT'))
  from difference d
  join holder h on h.id = d.stakeholder_id
  join pg_class c on c.oid = d.relation
  group by h.id, h.role, d.action, c.relnamespace, d.relation
  union all
  select
    d.stakeholder_id, d.role, d.action, d.schema, null, null,
    has_schema_privilege(d.schema, 'USAGE WITH GRANT OPTION'),
    has_schema_privilege(d.holder, d.schema, 'USAGE')
  from schema_difference d;
end
$$;
