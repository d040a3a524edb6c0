-- Who has an advisory lock of this database or waits for it, and may not act as the owner of
-- the registry, which the control plane is; each is ended where that is ours to do. A
-- prepared transaction has no process.
with us as (
  select coalesce(
    (select n.nspowner from pg_catalog.pg_namespace n where n.nspname = 'integratedb'),
    (select r.oid from pg_catalog.pg_roles r where r.rolname = session_user)
  ) as oid
),
stranger as materialized (
  select distinct l.pid, coalesce(a.usename, p.owner)::text as who, a.usesysid
  from us
  cross join pg_catalog.pg_locks l
  left join pg_catalog.pg_stat_activity a on a.pid = l.pid
  left join pg_catalog.pg_prepared_xacts p on l.pid is null and l.virtualtransaction = '-1/' || p.transaction::text
  left join pg_catalog.pg_roles o on o.rolname = coalesce(a.usename, p.owner)
  where l.locktype = 'advisory'
    and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
    and l.classid::bigint = $1::bigint >> 32
    and l.objid::bigint = $1::bigint & 4294967295
    and l.objsubid = 1
    and not pg_catalog.pg_has_role(o.oid, us.oid, 'MEMBER')
)
select s.pid, s.who,
  case
    when s.pid is null then false
    when pg_catalog.pg_has_role(s.usesysid, 'USAGE') or pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')
      then pg_catalog.pg_terminate_backend(s.pid)
    else false
  end as is_ended
from stranger s
