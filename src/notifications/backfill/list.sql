-- The backfills of a stakeholder with their progress, the newest first.
select jsonb_build_object(
  'id', b.id,
  'match', b.match_no,
  'where', b.written,
  'channels', b.channels,
  'rows_per_second', b.rows_per_second,
  'state', b.state,
  'error', b.error,
  'inserted_at', integratedb.rfc3339(b.inserted_at),
  'finished_at', integratedb.rfc3339(b.finished_at),
  'tables', (
    select jsonb_agg(
      jsonb_build_object(
        'schema', t.schema_name,
        'table', t.table_name,
        'rows_estimated', t.rows_estimated,
        'rows_read', t.rows_read,
        'rows_told', t.rows_told,
        'started_at', integratedb.rfc3339(t.started_at),
        'finished_at', integratedb.rfc3339(t.finished_at)
      )
      order by t.no
    )
    from integratedb.backfill_tables t
    where t.backfill_id = b.id
  )
)
from integratedb.backfills b
where b.stakeholder_id = $1
  and ($2::bigint is null or b.id = $2)
  and ($3::bigint is null or b.id < $3)
order by b.id desc
limit $4
