-- What /metrics shows of the stream and of each channel, as numbers: a row for the
-- stream (channel null), and one for each channel.
--
--   held_bytes    of the write-ahead log that Postgres keeps because of the slot
--   unread_bytes  of it that the stream has not read yet
--   lag_bytes     of it between what is read and what the channel is through with
--   lag_seconds   how long the oldest change waits that the channel isn't through with
--
-- Of a SOCKET whose clients never acknowledged anything it isn't known how far they are: the
-- last two are null.
create or replace function integratedb.figures()
returns table (
  stakeholder text, channel text, kind text, is_paused boolean,
  held_bytes double precision, unread_bytes double precision,
  lag_bytes double precision, lag_seconds double precision,
  delivered bigint, failures bigint, dead_letters bigint
)
language sql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select null, null, null, false, coalesce(s.held_bytes, 0)::double precision, coalesce(s.unread_bytes, 0)::double precision,
    0, 0, 0, 0, 0
  from integratedb.stream_standing s
  union all
  select
    h.name::text, c.name, c.settings ->> 'type', c.paused, 0, 0,
    case when heard.is_unknown then null when waiting.since is null then 0
      else greatest(coalesce(pg_wal_lsn_diff(s.read_lsn, c.position_lsn), 0), 0)::double precision
    end,
    case when heard.is_unknown then null
      else coalesce(greatest(extract(epoch from clock_timestamp() - waiting.since), 0), 0)::double precision
    end,
    c.delivered, c.failures,
    (select count(*) from integratedb.dead_letters l where l.channel_id = c.id)
  from integratedb.channels c
  join integratedb.stakeholders h on h.id = c.stakeholder_id
  cross join integratedb.stream_standing s
  cross join lateral (
    select c.settings ->> 'type' = 'SOCKET' and c.acknowledged_at is null as is_unknown
  ) heard
  left join lateral (
    select l.committed_at as since
    from integratedb.log l
    where (l.lsn, l.index) > (c.position_lsn, c.position_index)
    order by l.lsn, l.index
    limit 1
  ) waiting on not heard.is_unknown
$$;
