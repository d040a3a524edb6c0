-- Makes the caller the one that reads the stream, and answers where it goes on:
-- its epoch, the last position in the log, the partition that is being written and
-- its size in bytes, without indexes.
create or replace function integratedb.lead_stream()
returns table (epoch bigint, lsn pg_lsn, index bigint, ring smallint, bytes bigint)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  update integratedb.stream s set epoch = s.epoch + 1 returning s.epoch into epoch;
  select l.lsn, l.index into lsn, index
  from integratedb.log l
  order by l.lsn desc, l.index desc
  limit 1;
  if lsn is null then
    select s.floor_lsn, s.floor_index into lsn, index from integratedb.stream s;
  end if;
  select g.ring into ring from integratedb.log_segments g where g.no is not null order by g.no desc limit 1;
  bytes := pg_table_size(format('integratedb.log_%s', ring));
  return next;
end
$$;
