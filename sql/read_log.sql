-- The changes after a position, in their order: up to `most` of them, and no more
-- of them than fit into `bytes`, but for the first. With the first row, or a row of
-- its own without a change, how the stream stands: what was the last that is no
-- longer in the log, and how often the fence was passed.
create or replace function integratedb.read_log(after_lsn pg_lsn, after_index bigint, most integer, bytes bigint)
returns table (
  floor_lsn pg_lsn, floor_index bigint, passed bigint,
  lsn pg_lsn, index bigint, xid bigint, moment bigint, shape_id bigint, kind "char", backfill_id bigint,
  message bytea
)
language sql
stable
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
set enable_sort = off
set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan
as $$
  select
    s.floor_lsn, s.floor_index, f.passed,
    l.lsn, l.index, l.xid, l.moment, l.shape_id, l.kind, l.backfill_id, l.message
  from integratedb.stream s
  cross join integratedb.fence f
  left join lateral (
    select p.*
    from (
      select
        l.lsn, l.index, l.xid,
        (extract(epoch from l.committed_at - '2000-01-01 00:00:00+00'::timestamptz) * 1000000)::bigint as moment,
        l.shape_id, l.kind, l.backfill_id, l.message,
        sum(octet_length(l.message)) over (order by l.lsn, l.index rows unbounded preceding)
          - octet_length(l.message) as before
      from (
        select * from integratedb.log l
        where (l.lsn, l.index) > (after_lsn, after_index)
        order by l.lsn, l.index
        limit most
      ) l
    ) p
    where p.before < bytes
  ) l on true
  order by l.lsn, l.index
$$;
