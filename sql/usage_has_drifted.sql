-- Whether a role has lost the USAGE on a schema that IntegrateDB granted it.
create or replace function integratedb.usage_has_drifted()
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select
    from integratedb.granted_schemas g
    join integratedb.stakeholders s on s.id = g.stakeholder_id
    join pg_roles r on r.rolname = s.name
    join pg_namespace n on n.oid = g.schema
    where not has_schema_privilege(r.oid, n.oid, 'USAGE')
  )
$$;
