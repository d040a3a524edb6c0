-- Goes on to the next partition of the log, emptying it first. Answers which it is.
create or replace function integratedb.rotate_log()
returns smallint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  latest integratedb.log_segments;
  next_ring smallint;
begin
  select * into latest from integratedb.log_segments g where g.no is not null order by g.no desc limit 1;
  next_ring := (latest.ring + 1) % 8;
  perform integratedb.empty_segment(next_ring);
  update integratedb.log_segments g set no = latest.no + 1, began_at = now() where g.ring = next_ring;
  return next_ring;
end
$$;
