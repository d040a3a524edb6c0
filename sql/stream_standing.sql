-- How the stream of changes stands, one row.
--
--   from_lsn      from where on the replication slot tells everything; null: there is none
--   read_lsn      up to where it is read
--   held_bytes    of the write-ahead log that Postgres keeps because of the slot
--   unread_bytes  of it that was not read yet
--   is_being_read whether an instance reads it just now
create or replace view integratedb.stream_standing as
select
  s.slot_lsn as from_lsn,
  greatest(s.read_lsn, r.confirmed_flush_lsn) as read_lsn,
  pg_wal_lsn_diff(pg_current_wal_lsn(), r.restart_lsn) as held_bytes,
  greatest(pg_wal_lsn_diff(pg_current_wal_lsn(), greatest(s.read_lsn, r.confirmed_flush_lsn)), 0) as unread_bytes,
  coalesce(r.active, false) as is_being_read
from integratedb.stream s
join pg_catalog.pg_database d on d.datname = current_database()
left join pg_catalog.pg_replication_slots r on r.slot_name = 'integratedb_' || d.oid;
