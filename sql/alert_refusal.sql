-- Tells those stakeholders that want to know that a migration is refused for their sake
-- (it would have broken these claims), and the audit, as an alert of nobody: of a refusal
-- that is for no claim's sake but those that were unmet before, only that. What that
-- transaction did is rolled back, but not this. Where nobody reads the stream, nothing is
-- left in it.
drop function if exists integratedb.alert_refusal(bigint[], jsonb);
create or replace function integratedb.alert_refusal(watched bigint[], broken bigint[], claims jsonb)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  wanted bigint[] := array(select w from integratedb.wanted_alerts('migration_refused') w);
begin
  if not exists (select from integratedb.stream s where s.slot_lsn is not null) then
    return;
  end if;
  perform integratedb.leave_alert(
    0,
    'migration_refused',
    jsonb_build_object(
      'role', session_user,
      'application', nullif(current_setting('application_name'), ''),
      'address', host(inet_client_addr()),
      'unmet', case broken when '{}' then '[]' else claims end,
      'unmet_before', case broken when '{}' then claims else '[]' end
    ),
    true
  );
  if wanted = '{}' or broken = '{}' then
    return;
  end if;
  perform integratedb.leave_alert(
    u.stakeholder_id,
    'migration_refused',
    jsonb_build_object(
      'message', format(
        'A migration of the role %s was refused: it would have left %s unmet. Nothing has changed.',
        session_user, case u.total when 1 then 'a claim of yours' else u.total || ' of your claims' end
      ),
      'advice', 'Somebody wants to change what you depend on. Say in your document that the new will do as well, as an alternative that is planned, and the migration passes.',
      'role', session_user,
      'claims', u.claims,
      'total', u.total
    ),
    true
  )
  from integratedb.unmet_in_alerts(wanted, watched, broken) u;
end
$$;
