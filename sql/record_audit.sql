-- Leaves an entry of the audit in the transaction of the change that it is about.
create or replace function integratedb.record_audit(
  actor_kind text, actor_id bigint, actor_name text, address text, request_id text,
  action text, subject_kind text, subject_id bigint, subject_name text, before jsonb, after jsonb
)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into integratedb.audit_unsealed (
    actor_kind, actor_id, actor_name, address, request_id,
    action, subject_kind, subject_id, subject_name, before, after
  )
  values (
    actor_kind, actor_id, actor_name, address, request_id,
    action, subject_kind, subject_id, subject_name, before, after
  )
$$;
