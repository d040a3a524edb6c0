select 'schema ' || n.nspname || ' of ' || pg_get_userbyid(n.nspowner) || ' ' || coalesce((
    select string_agg(format('%s=%s', a.grantee::regrole, a.privilege_type), ' ' order by 1)
    from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a where a.grantee <> 0
  ), '')
from pg_namespace n where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
union all
select format('%s %s of %s: %s', c.relkind, c.oid::regclass, pg_get_userbyid(c.relowner), coalesce((
    select string_agg(format('%s=%s', a.grantee::regrole, a.privilege_type), ' ' order by 1)
    from aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
  ), ''))
from pg_class c where c.relnamespace::regnamespace::text !~ '^pg_|^information_schema'
union all
select format('column %s.%s: %s', a.attrelid::regclass, a.attname, a.attacl)
from pg_attribute a where a.attacl is not null and a.attacl <> '{}' and a.attrelid >= 16384
union all
select 'function ' || oid::regprocedure from pg_proc where oid >= 16384
union all
select 'type ' || oid::regtype from pg_type where oid >= 16384
union all
select format('trigger %s on %s', tgname, tgrelid::regclass) from pg_trigger
union all
select 'event trigger ' || evtname from pg_event_trigger
union all
select 'publication ' || pubname from pg_publication
union all
select 'slot ' || slot_name from pg_replication_slots where database = current_database()
union all
select format('default privilege of %s: %s', defaclrole::regrole, defaclacl) from pg_default_acl
union all
select format('extension %s', extname) from pg_extension
union all
select format('identity of %s: %s', oid::regclass, relreplident) from pg_class where relreplident <> 'd' and oid >= 16384
union all
select format('dependency on %s of %s: %s', d.refobjid::regrole, pg_describe_object(d.classid, d.objid, d.objsubid), d.deptype)
from pg_shdepend d
where d.dbid = (select oid from pg_database where datname = current_database())
  and d.refclassid = 'pg_authid'::regclass
  -- What Postgres itself holds on to, while it is in no list of ours.
  and not (d.deptype = 'a' and d.refobjid = 'integratedb_control'::regrole)
union all
select format('setting of %s: %s', setrole::regrole, setconfig) from pg_db_role_setting
where setdatabase = (select oid from pg_database where datname = current_database())
union all
select 'database: ' || coalesce(string_agg(format('%s=%s', a.grantee::regrole, a.privilege_type), ' ' order by 1), '')
from pg_database d cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
where d.datname = current_database()
order by 1
