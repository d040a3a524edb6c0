-- Remembers that a replication slot tells everything from an LSN on. A gap before it
-- stays remembered until the log says so.
drop function if exists integratedb.begin_slot(pg_lsn); -- which had another result
create or replace function integratedb.begin_slot(from_lsn pg_lsn)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update integratedb.stream s set slot_lsn = from_lsn, read_lsn = greatest(s.read_lsn, from_lsn)
$$;
