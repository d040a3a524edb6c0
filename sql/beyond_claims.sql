-- What gives roles of stakeholders, and their further logins, more than their claims do,
-- without any grant that names them: a row for their attributes, and one for each membership
-- that leads to a role which has such attributes, comes with Postgres, may override the gate,
-- or owns or may do anything in this database. That a login is a member of its stakeholder is
-- IntegrateDB's own doing. `statement` ends it.
create or replace function integratedb.beyond_claims()
returns table (stakeholder text, role text, privilege text, statement text)
language sql
stable
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
as $$
  with holder as (
    select r.*, s.name as stakeholder
    from integratedb.stakeholders s
    cross join lateral (
      select s.name as role
      union
      select c.username from integratedb.credentials c where c.stakeholder_id = s.id and c.username is not null
    ) ours
    join pg_roles r on r.rolname = ours.role
    where s.deletion is null
  ),
  attributed as (
    select h.stakeholder, h.rolname, array_remove(array[
      case when h.rolsuper then 'SUPERUSER' end,
      case when h.rolbypassrls then 'BYPASSRLS' end,
      case when h.rolcreaterole then 'CREATEROLE' end,
      case when h.rolcreatedb then 'CREATEDB' end,
      case when h.rolreplication then 'REPLICATION' end
    ], null) as attributes
    from holder h
  ),
  able as (
    select r.oid
    from pg_roles r
    where r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication
      or r.rolname like 'pg\_%' or r.rolname = 'integratedb_override'
      or exists (
        select from pg_shdepend d
        where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid and d.deptype in ('o', 'a')
          and d.dbid = (select db.oid from pg_database db where db.datname = current_database())
      )
  )
  select
    a.stakeholder::text, a.rolname::text, array_to_string(a.attributes, ', '),
    format('alter role %I %s', a.rolname, lower('NO' || array_to_string(a.attributes, ' NO')))
  from attributed a
  where a.attributes <> '{}'
  union
  select
    h.stakeholder::text, h.rolname::text, format('membership in %I', g.rolname),
    format('revoke %I from %I', g.rolname, h.rolname)
  from holder h
  join pg_auth_members m on m.member = h.oid
  join pg_roles g on g.oid = m.roleid
  where g.rolname <> h.stakeholder
    and exists (select from able a where pg_has_role(g.oid, a.oid, 'MEMBER'))
$$;
