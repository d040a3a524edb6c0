-- How the stream and the channels stand, without a name of anybody.
select
  current_setting('wal_level') = 'logical' as is_logical,
  (select r.rolreplication or r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) as may_replicate,
  s.is_being_read,
  coalesce(s.held_bytes, 0)::bigint as held_bytes,
  coalesce(s.unread_bytes, 0)::bigint as unread_bytes,
  c.channels, c.paused, c.failing,
  (select count(*) from integratedb.dead_letters) as dead_letters
from integratedb.stream_standing s
cross join (
  select
    count(*) as channels,
    count(*) filter (where paused) as paused,
    count(*) filter (where error_at > coalesce(delivered_at, '-infinity')) as failing
  from integratedb.channels
) c
