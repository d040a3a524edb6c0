-- Remembers that a replication slot tells everything from an LSN on. A gap before it
-- stays remembered until the log says so.
--
-- A database that was restored elsewhere has a log that is ahead of its server: what
-- comes would seem to be told already. So the log begins anew, and all channels with
-- it. Answers whether it did.
drop function if exists integratedb.begin_slot(pg_lsn); -- which had another result
create or replace function integratedb.begin_slot(from_lsn pg_lsn)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  is_ahead boolean := exists (
    select from integratedb.stream s
    where s.read_lsn > from_lsn
      or s.floor_lsn >= from_lsn
      or exists (select from integratedb.log l where l.lsn >= from_lsn)
  );
begin
  if is_ahead then
    truncate integratedb.log;
    update integratedb.log_segments g
    set no = case g.ring when 0 then 0 end, began_at = case g.ring when 0 then now() end;
    update integratedb.channels c
    set position_lsn = from_lsn - 2, position_index = 0, turn = c.turn + 1;
    update integratedb.stream s
    set
      read_lsn = from_lsn, floor_lsn = '0/0', floor_index = 0, revision = s.revision + 1,
      gap_from = coalesce(s.gap_from, s.read_lsn, '0/0'),
      gap_reason = 'the database was restored on another server';
  end if;
  update integratedb.stream s set slot_lsn = from_lsn, read_lsn = greatest(s.read_lsn, from_lsn);
  return is_ahead;
end
$$;
