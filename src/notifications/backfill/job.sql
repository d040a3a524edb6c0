-- What is to be done next for a backfill that runs, as long as the caller leads.
select
  b.stakeholder_id, b.match_no, b.condition, b.rows_per_second, b.key,
  b.slot_lsn as went_through, s.slot_lsn,
  exists (
    select from integratedb.channels c
    where c.stakeholder_id = b.stakeholder_id and (b.channels = '{*}' or c.name = any (b.channels))
  ) as has_channel,
  t.no, t.schema_name::text, t.table_name::text, t.chunks, t.last_key
from integratedb.backfills b
cross join integratedb.stream s
left join lateral (
  select * from integratedb.backfill_tables t
  where t.backfill_id = b.id and t.finished_at is null
  order by t.no
  limit 1
) t on true
where b.id = $1 and b.state = 'running' and s.epoch = $2
