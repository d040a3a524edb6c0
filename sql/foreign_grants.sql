-- What somebody else granted to the roles of stakeholders themselves, beyond
-- their claims: on tables outside their own schemas, whole (`columns` null) or on
-- columns that IntegrateDB has not granted.
create or replace function integratedb.foreign_grants()
returns table (role text, schema_name text, table_name text, columns text[], privilege text)
language sql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  with holder as (
    select s.id, s.name, r.oid
    from integratedb.stakeholders s
    join pg_roles r on r.rolname = s.name
    where s.deletion is null
  ),
  candidate as (
    select c.oid, c.relname, n.nspname, c.relowner, c.relacl
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> 'integratedb'
  )
  select h.name::text, c.nspname::text, c.relname::text, null::text[], acl.privilege_type
  from candidate c
  cross join lateral aclexplode(c.relacl) acl
  join holder h on h.oid = acl.grantee and h.oid <> c.relowner
  union all
  select h.name::text, c.nspname::text, c.relname::text, array_agg(a.attname::text order by a.attnum), acl.privilege_type
  from candidate c
  join pg_attribute a on a.attrelid = c.oid and a.attacl is not null and not a.attisdropped
  cross join lateral aclexplode(a.attacl) acl
  join holder h on h.oid = acl.grantee and h.oid <> c.relowner
  where not (
    acl.privilege_type = 'SELECT' and exists (
      select from integratedb.granted_columns g
      where g.stakeholder_id = h.id and g.relation = c.oid and a.attnum = any (g.attnums)
    )
  )
    and not (
      acl.privilege_type = 'SELECT' and exists (
        select
        from integratedb.live_tables t
        join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
        join integratedb.claims cl on cl.id = ct.claim_id and cl.kind = 'claims' and cl.stakeholder_id = h.id
        join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
        where t.relation = c.oid and cc.column_name = a.attname
      )
    )
  group by h.name, c.nspname, c.relname, acl.privilege_type
$$;
