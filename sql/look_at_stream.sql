-- What append_to_log.sql answers, without writing anything: for the leader between
-- changes, and with any epoch (null) for everybody else.
create or replace function integratedb.look_at_stream(of_epoch bigint)
returns table (passed bigint, revision bigint, inserted pg_lsn, flushed pg_lsn)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select f.passed, s.revision, pg_current_wal_insert_lsn(), pg_current_wal_flush_lsn()
  from integratedb.stream s
  cross join integratedb.fence f
  where of_epoch is null or s.epoch = of_epoch
$$;
