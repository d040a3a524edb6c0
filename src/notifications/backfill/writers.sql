-- The transactions that write to a table or one of its partitions, or may: those with
-- a lock for it.
select distinct l.virtualtransaction
from pg_catalog.pg_locks l
where l.locktype = 'relation'
  and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
  and l.mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  and l.granted
  and (
    l.relation = $1
    or l.relation in (select p.relid from pg_catalog.pg_partition_tree($1::oid) p)
  )
