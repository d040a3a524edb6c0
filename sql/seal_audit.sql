-- Gives committed entries of the audit their places in the chain, so many at most;
-- answers how many. Whoever comes at the same time waits, and then finds little left.
-- For transactions that are READ COMMITTED: it must see what the one before it did.
--
-- What the database keeps of refused migrations is a count. If that has moved, it
-- becomes an entry first.
create or replace function integratedb.seal_audit(most integer)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  head integratedb.audit_head;
  refused bigint;
  unsealed integratedb.audit_unsealed;
  entry integratedb.audit;
  sealed bigint[] := '{}';
begin
  select case when r.is_called then r.last_value else 0 end into refused from integratedb.refusals r;
  if not exists (select from integratedb.audit_unsealed)
    and exists (select from integratedb.audit_head h where h.refusals = refused)
  then
    return 0;
  end if;

  select h.* into strict head from integratedb.audit_head h for update;
  select case when r.is_called then r.last_value else 0 end into refused from integratedb.refusals r;
  if refused <> head.refusals then
    perform integratedb.record_audit(
      'system', null, null, null, null, 'migration.refusals_counted', 'database', null, current_database(),
      jsonb_build_object('refusals', head.refusals),
      jsonb_build_object(
        'refusals', refused,
        'last_at', (
          select integratedb.rfc3339(to_timestamp(t.last_value / 1000000.0))
          from integratedb.refused_at t
          where t.is_called
        )
      )
    );
  end if;

  for unsealed in select u.* from integratedb.audit_unsealed u order by u.recorded limit most loop
    entry := row(
      head.no + 1, unsealed.recorded, unsealed.at,
      unsealed.actor_kind, unsealed.actor_id, unsealed.actor_name, unsealed.address, unsealed.request_id,
      unsealed.action, unsealed.subject_kind, unsealed.subject_id, unsealed.subject_name,
      unsealed.before, unsealed.after, null
    );
    entry.hash := integratedb.audit_hash(head.hash, entry);
    insert into integratedb.audit select entry.*;
    head.no := entry.no;
    head.hash := entry.hash;
    sealed := sealed || unsealed.recorded;
  end loop;

  -- Somebody else has sealed it all: there is nothing to write, and no disk to wait for.
  if sealed = '{}' then
    return 0;
  end if;
  delete from integratedb.audit_unsealed u where u.recorded = any (sealed);
  update integratedb.audit_head h
  set no = head.no, hash = head.hash, refusals = refused;
  return cardinality(sealed);
end
$$;
