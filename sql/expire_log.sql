-- Empties the partitions of the log whose youngest change is too old, but for the
-- one that is being written.
create or replace function integratedb.expire_log(older_than interval)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  segment integratedb.log_segments;
  emptied integer := 0;
begin
  for segment in
    select g.*
    from integratedb.log_segments g
    where g.no < (select max(latest.no) from integratedb.log_segments latest)
    order by g.no
  loop
    exit when exists (
      select from (
        select l.committed_at from integratedb.log l
        where l.ring = segment.ring
        order by l.lsn desc, l.index desc
        limit 1
      ) youngest
      where youngest.committed_at > now() - older_than
    );
    perform integratedb.empty_segment(segment.ring);
    emptied := emptied + 1;
  end loop;
  return emptied;
end
$$;
