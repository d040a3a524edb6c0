-- How the stream and a stakeholder's channels are.
--
--   stream    from: the LSN from which the replication slot tells everything (null:
--             there is none yet); read: up to where it is read; held_bytes: what
--             Postgres keeps of its write-ahead log because of it
--   channels  position: the id of the last event that is through; pending: how many
--             changes of the log come after it, its own or not, counted to 10,000;
--             lag_bytes: how much of the write-ahead log is between; oldest_pending_at:
--             when the first of them was committed; all three null of a SOCKET whose
--             clients never acknowledged anything, since nobody knows how far they are
create or replace function integratedb.notification_status(stakeholder bigint)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select jsonb_build_object(
    'stream', (
      select jsonb_build_object(
        'from', s.from_lsn::text, 'read', s.read_lsn::text, 'is_being_read', s.is_being_read,
        'held_bytes', s.held_bytes
      )
      from integratedb.stream_standing s
    ),
    'channels', coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'name', c.name,
          'type', c.settings ->> 'type',
          'paused', c.paused,
          'position', c.position_lsn || ':' || c.position_index,
          'pending', pending.count,
          'oldest_pending_at', integratedb.rfc3339(pending.oldest),
          'lag_bytes', greatest(pg_wal_lsn_diff(s.read_lsn, c.position_lsn), 0) * (pending.count > 0)::integer,
          'delivered', c.delivered,
          'delivered_at', integratedb.rfc3339(c.delivered_at),
          'acknowledged_at', integratedb.rfc3339(c.acknowledged_at),
          'failures', c.failures,
          'last_error', c.error,
          'last_error_at', integratedb.rfc3339(c.error_at),
          'dead_letters', (select count(*) from integratedb.dead_letters l where l.channel_id = c.id)
        )
        order by c.id
      )
      from integratedb.channels c
      cross join integratedb.stream_standing s
      cross join lateral (
        select c.settings ->> 'type' = 'SOCKET' and c.acknowledged_at is null as is_unknown
      ) heard
      cross join lateral (
        select case when not heard.is_unknown then count(*) end as count,
          min(p.committed_at) as oldest
        from (
          select l.committed_at from integratedb.log l
          where not heard.is_unknown
            and (l.lsn, l.index) > (c.position_lsn, c.position_index)
          order by l.lsn, l.index
          limit 10000
        ) p
      ) pending
      where c.stakeholder_id = stakeholder
    ), '[]')
  )
$$;
