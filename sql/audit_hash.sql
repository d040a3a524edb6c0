-- The hash of an entry of the audit that stands behind the one with this hash:
-- SHA-256 over that and the entry as JSON, without its own hash. Only what every
-- Postgres brings, so that anybody can do the same (docs/audit.md).
create or replace function integratedb.audit_hash(previous bytea, entry integratedb.audit)
returns bytea
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select sha256(previous || convert_to(
    jsonb_build_array(
      entry.no, entry.recorded, to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      entry.actor_kind, entry.actor_id, entry.actor_name, entry.address, entry.request_id,
      entry.action, entry.subject_kind, entry.subject_id, entry.subject_name,
      entry.before, entry.after
    )::text,
    'UTF8'
  ))
$$;
