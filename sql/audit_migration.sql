-- Leaves an entry of the audit for a migration: one for its transaction, that says in
-- the end what the journal says. What the control plane changes itself has its entry
-- already, which says more.
create or replace function integratedb.audit_migration(entry integratedb.journal)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into integratedb.audit_unsealed (
    journal_id, actor_kind, actor_name, address, action, subject_kind, subject_name, after
  )
  select
    entry.id, 'migration', entry.by_role, host(entry.address), 'migration.' || entry.kind,
    'database', current_database(),
    to_jsonb(entry) - array['id', 'kind', 'at', 'by_role', 'address', 'started_at', 'transaction_id']
      || jsonb_build_object('journal_id', entry.id)
  where not exists (
    select from integratedb.audit_unsealed u
    where u.transaction_id = pg_current_xact_id() and u.journal_id is null
  )
  on conflict on constraint audit_unsealed_journal_id_key do update set
    action = excluded.action,
    at = excluded.at,
    after = excluded.after
$$;
