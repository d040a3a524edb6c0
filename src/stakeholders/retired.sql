-- The roles that own in this database what removed stakeholders made.
select
  r.rolname::text as name,
  count(*) as objects,
  current_user::text as role,
  pg_catalog.pg_has_role(r.oid, 'USAGE') as is_member
from pg_catalog.pg_roles r
join pg_catalog.pg_shdepend d on d.refclassid = 'pg_catalog.pg_authid'::regclass and d.refobjid = r.oid
where r.rolname ~ '^integratedb_removed_[0-9]'
  and d.deptype = 'o'
  and d.dbid = (select b.oid from pg_catalog.pg_database b where b.datname = current_database())
group by r.oid, r.rolname
order by 1
