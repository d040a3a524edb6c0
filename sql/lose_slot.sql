-- Remembers that the replication slot is no longer what it was, before another one
-- is made: so that a crash in between hides no gap.
create or replace function integratedb.lose_slot(why text)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  update integratedb.stream s
  set
    gap_from = case when s.slot_lsn is null then s.gap_from else coalesce(s.gap_from, s.read_lsn, s.slot_lsn) end,
    gap_reason = case when s.slot_lsn is null then s.gap_reason else coalesce(s.gap_reason, why) end,
    slot_lsn = null
$$;
