-- What the objects of a snapshot stand in and lean on: roles (the name of each
-- that owns or may do something here, and nothing more), extensions, schemas,
-- collations, and foreign servers without what their options say.
create or replace view integratedb.snapshot_surroundings as
select 'role' as kind, format('%I', r.rolname) as name, format('create role %I', r.rolname) as sql
from pg_catalog.pg_roles r
where r.rolname !~ '^pg_'
  and not exists (select from integratedb.stakeholders s where s.name = r.rolname)
  and r.oid in (
    select d.refobjid
    from pg_catalog.pg_shdepend d
    join pg_catalog.pg_database db on db.datname = current_database()
    where d.refclassid = 'pg_catalog.pg_authid'::regclass
      and (d.dbid = db.oid or (d.classid = 'pg_catalog.pg_database'::regclass and d.objid = db.oid))
  )
union all
select 'extension', format('%I', e.extname),
  format('create extension %I with schema %I', e.extname, n.nspname)
from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace
where e.extname <> 'plpgsql'
union all
select 'schema', format('%I', s.name), format('create schema %I', s.name)
from integratedb.snapshot_schemas s
where s.name <> 'public'
  and not exists (select from integratedb.stakeholders t where t.name = s.name)
  and ('pg_catalog.pg_namespace'::regclass, s.schema) not in (
    select m.classid, m.objid from integratedb.snapshot_made_by_others m
  )
union all
select 'collation', format('%I.%I', n.nspname, c.collname),
  format(
    'create collation %I.%I (%s)', n.nspname, c.collname,
    concat_ws(
      ', ',
      'provider = ' || case c.collprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end,
      -- The name of the column has changed twice.
      'locale = ' || quote_literal(coalesce(
        to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', to_jsonb(c) ->> 'collcollate'
      )),
      case when not c.collisdeterministic then 'deterministic = false' end
    )
  )
from pg_catalog.pg_collation c
join pg_catalog.pg_namespace n on n.oid = c.collnamespace
where c.collname not in ('default', 'C', 'POSIX', 'ucs_basic')
  and n.nspname not in ('information_schema', 'integratedb')
  and ('pg_catalog.pg_collation'::regclass, c.oid) not in (
    select m.classid, m.objid from integratedb.snapshot_made_by_others m
  )
  and (
    n.nspname <> 'pg_catalog'
    or c.oid in (
      select a.attcollation
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_class r on r.oid = a.attrelid
      join integratedb.snapshot_schemas s on s.schema = r.relnamespace
    )
  )
union all
select 'server', format('%I', s.srvname),
  format('create server %I foreign data wrapper integratedb_stand_in', s.srvname)
from pg_catalog.pg_foreign_server s;
