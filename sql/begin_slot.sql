-- Remembers that a replication slot tells everything from an LSN on. Answers from
-- where to where there is a gap before it, and why, for the log.
create or replace function integratedb.begin_slot(from_lsn pg_lsn)
returns table (gap_from pg_lsn, gap_reason text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  select s.gap_from, s.gap_reason from integratedb.stream s where s.gap_from is not null;
  update integratedb.stream s
  set slot_lsn = from_lsn, read_lsn = greatest(s.read_lsn, from_lsn), gap_from = null, gap_reason = null;
end
$$;
