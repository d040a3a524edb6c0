-- Enters a refused migration in the audit: the transaction could keep nothing, so it is
-- heard of in the stream, where alert_refusal.sql left it.
create or replace function integratedb.audit_refusal(message bytea)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  -- The number of the stakeholder, which is none, stands before it.
  alert jsonb := convert_from(substring(message from 9), 'UTF8');
  refusal jsonb := alert -> 'data';
  at timestamptz := '2000-01-01 00:00:00+00'::timestamptz + (alert ->> 'at')::bigint * interval '1 microsecond';
begin
  perform integratedb.record_audit(
    'migration', null, refusal ->> 'role', refusal ->> 'address', null,
    'migration.refused', 'database', null, current_database(),
    null,
    jsonb_build_object(
      'at', integratedb.rfc3339(at),
      'application', refusal -> 'application',
      'unmet', refusal -> 'unmet',
      'unmet_before', coalesce(refusal -> 'unmet_before', '[]')
    )
  );
end
$$;
