-- What is missing and what is too much between the claims and the privileges
-- that the database holds, for these relations and these stakeholders: a step for
-- each role and table (or schema), revokes first. Changes nothing.
--
-- Only what IntegrateDB granted is ever too much.
create or replace function integratedb.grant_plan(relations oid[], stakeholders bigint[])
returns setof integratedb.grant_step
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
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
      c.stakeholder_id, t.relation, a.attnum, a.attname::text as name,
      true as is_wanted, false as is_held, false as is_ours
    from integratedb.live_tables t
    join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
    join integratedb.claims c on c.id = ct.claim_id and c.kind = 'claims'
    join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
    join pg_attribute a
      on a.attrelid = t.relation and a.attname = cc.column_name and a.attnum > 0 and not a.attisdropped
    where t.relation = any (relations) and c.stakeholder_id = any (stakeholders)
    union all
    select h.id, a.attrelid, a.attnum, a.attname::text, false, true, false
    from pg_attribute a
    cross join lateral aclexplode(a.attacl) acl
    join holder h on h.oid = acl.grantee
    where a.attrelid = any (relations)
      and a.attacl is not null
      and acl.privilege_type = 'SELECT'
      and not a.attisdropped
    union all
    select g.stakeholder_id, g.relation, unnest(g.attnums), null, false, false, true
    from integratedb.granted_columns g
    where g.relation = any (relations) and g.stakeholder_id = any (stakeholders)
  ),
  difference as (
    select
      s.stakeholder_id, s.relation, s.attnum, min(s.name)::name as name,
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
    where c.stakeholder_id = any (stakeholders) and c.kind = 'claims'
  ),
  schema_difference as (
    select h.id as stakeholder_id, h.role, 'GRANT' as action, w.schema
    from wanted_schema w
    join holder h on h.id = w.stakeholder_id
    where not has_schema_privilege(h.oid, w.schema, 'USAGE')
    union all
    select h.id, h.role, 'REVOKE', g.schema
    from integratedb.granted_schemas g
    join holder h on h.id = g.stakeholder_id
    join pg_namespace n on n.oid = g.schema
    where not exists (
      select from wanted_schema w
      where w.stakeholder_id = g.stakeholder_id and w.schema = g.schema
    )
  ),
  -- What this transaction has locked is its own to change.
  locked as materialized (
    select l.relation
    from pg_locks l
    join pg_database d on d.oid = l.database and d.datname = current_database()
    where l.locktype = 'relation' and l.pid = pg_backend_pid() and l.granted
  )
  select step.*
  from (
    select
      d.action, h.id, h.role, n.oid, c.oid, d.attnums, n.nspname, c.relname, d.columns,
      has_schema_privilege(n.oid, 'USAGE') and (
        has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION') or (
          select bool_and(has_column_privilege(c.oid, attnum, 'SELECT WITH GRANT OPTION'))
          from unnest(d.attnums) attnum
        )
      ),
      -- The lock fails at once, instead of waiting, if another transaction is changing
      -- the table: so two migrations can't wait for each other, and that
      -- transaction's own sync follows. It would also fail for a table that this one
      -- has locked and others wait for. Views can't be locked like this.
      case
        when c.relkind in ('r', 'p') and has_table_privilege(c.oid, 'SELECT')
          and c.oid not in (select l.relation from locked l)
          then format('lock table only %I.%I in access share mode nowait; ', n.nspname, c.relname)
        else ''
      end || format(
        case d.action
          when 'GRANT' then 'grant select (%s) on %I.%I to %I'
          else 'revoke select (%s) on %I.%I from %I'
        end,
        (select string_agg(quote_ident(name), ', ') from unnest(d.columns) name), n.nspname, c.relname, h.role
      )
    from (
      select
        d.stakeholder_id, d.relation, d.action,
        array_agg(d.attnum order by d.attnum) as attnums,
        array_agg(d.name order by d.attnum) as columns
      from difference d
      group by d.stakeholder_id, d.relation, d.action
    ) d
    join holder h on h.id = d.stakeholder_id
    join pg_class c on c.oid = d.relation
    join pg_namespace n on n.oid = c.relnamespace
    union all
    select
      d.action, d.stakeholder_id, d.role, n.oid, null, null, n.nspname, null, null,
      has_schema_privilege(n.oid, 'USAGE WITH GRANT OPTION'),
      format(
        case d.action when 'GRANT' then 'grant usage on schema %I to %I' else 'revoke usage on schema %I from %I' end,
        n.nspname, d.role
      )
    from schema_difference d
    join pg_namespace n on n.oid = d.schema
  ) step (
    action, stakeholder_id, role, schema, relation, attnums, schema_name, table_name, columns, is_allowed,
    statement
  )
  order by step.action desc, step.relation is not null, step.schema_name, step.table_name, step.role;
end
$$;
