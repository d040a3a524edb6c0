-- Empties a partition of the log, and remembers what is the last that is gone, so
-- that whoever had not come that far is told of a gap. Fails soon if somebody reads
-- it: readers wait behind whoever waits for them.
create or replace function integratedb.empty_segment(of_ring smallint)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set lock_timeout = '200ms'
as $$
#variable_conflict use_column
begin
  update integratedb.stream s
  set floor_lsn = l.lsn, floor_index = l.index
  from (
    select l.lsn, l.index from integratedb.log l
    where l.ring = of_ring
    order by l.lsn desc, l.index desc
    limit 1
  ) l
  where (l.lsn, l.index) > (s.floor_lsn, s.floor_index);
  execute format('truncate integratedb.log_%s', of_ring);
  update integratedb.log_segments g set no = null, began_at = null where g.ring = of_ring;
end
$$;
