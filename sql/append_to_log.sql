-- Puts changes into the log together with how far the stream is read, for the one
-- who leads it (`of_epoch`). Answers nothing if that is somebody else by now; else
-- how often the fence was passed and channels have changed, by which the caller
-- knows whether what it knows of them is old, and how far the log that Postgres
-- itself writes ahead was written and is on disk.
--
-- Alerts of nobody are refused migrations for the audit, which hears of each just once.
--
-- Arrays of one length: a change each. `moments` are microseconds since 2000.
create or replace function integratedb.append_to_log(
  of_epoch bigint, into_ring smallint, read_up_to pg_lsn,
  lsns pg_lsn[], indexes bigint[], xids bigint[], moments bigint[], shapes bigint[],
  kinds "char"[], backfills bigint[], messages bytea[]
)
returns table (passed bigint, revision bigint, inserted pg_lsn, flushed pg_lsn)
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  update integratedb.stream s
  set read_lsn = greatest(s.read_lsn, read_up_to)
  where s.epoch = of_epoch
  returning s.revision into revision;
  if not found then
    return;
  end if;

  insert into integratedb.log (ring, lsn, index, xid, committed_at, shape_id, kind, backfill_id, message)
  select
    into_ring, l.lsn, l.index, l.xid,
    '2000-01-01 00:00:00+00'::timestamptz + l.moment * interval '1 microsecond',
    l.shape, l.kind, l.backfill, l.message
  from unnest(lsns, indexes, xids, moments, shapes, kinds, backfills, messages)
    l (lsn, index, xid, moment, shape, kind, backfill, message);

  if 'A' = any (kinds) then
    perform integratedb.audit_refusal(l.message)
    from unnest(kinds, messages) l (kind, message)
    where l.kind = 'A' and substring(l.message for 8) = int8send(0);
  end if;

  select f.passed into passed from integratedb.fence f;
  inserted := pg_current_wal_insert_lsn();
  flushed := pg_current_wal_flush_lsn();
  return next;
end
$$;
