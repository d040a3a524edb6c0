-- Validates a marked transaction at its COMMIT, and takes the mark away.
--
-- `SET LOCAL integratedb.override = '<reason>'` lets a member of the role
-- integratedb_override pass: that is recorded, and the broken claims stay
-- visibly unmet.
create or replace function integratedb.gate_validate()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
as $$
declare
  reason text := nullif(btrim(current_setting('integratedb.override', true)), '');
begin
  delete from integratedb.gate_marks m where m.xid = new.xid;
  if reason is not null and not integratedb.may_override(session_user) then
    raise exception '% may not override the gate of IntegrateDB', session_user
      using
        errcode = 'insufficient_privilege',
        hint = 'Only members of the role integratedb_override may set integratedb.override.';
  end if;

  if reason is null then
    perform integratedb.validate_migration(100, 'gate');
  else
    perform integratedb.sync(reason);
  end if;
  delete from integratedb.gate_commands c where c.xid = new.xid;
  return null;
end
$$;

do $$
begin
  if not exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = 'integratedb.gate_marks'::regclass and t.tgname = 'gate_validate'
  ) then
    create constraint trigger gate_validate
      after insert on integratedb.gate_marks
      deferrable initially deferred
      for each row execute function integratedb.gate_validate();
  end if;
end
$$;
