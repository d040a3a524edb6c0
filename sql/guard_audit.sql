-- Refuses to change the audit, its owner too: it is append-only. A speed bump for who
-- can drop triggers, and what they do then shows in the chain.
--
-- What is let through: an entry that its own transaction adds to, before anybody else
-- can see it; the removal of what is sealed from what is unsealed; and a head that
-- moves forward.
create or replace function integratedb.guard_audit()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_table_name = 'audit_unsealed' and tg_op = 'UPDATE' then
    if old.transaction_id = pg_current_xact_id() then
      return new;
    end if;
  elsif tg_table_name = 'audit_unsealed' and tg_op = 'DELETE' then
    if exists (select from integratedb.audit a where a.recorded = old.recorded) then
      return old;
    end if;
  elsif tg_table_name = 'audit_head' and tg_op = 'UPDATE' then
    if new.no > old.no or (new.no = old.no and new.hash = old.hash) then
      return new;
    end if;
  end if;
  raise exception 'the audit of IntegrateDB is append-only: % of % is refused', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;

do $$
declare
  guarded text;
begin
  foreach guarded in array array['audit', 'audit_unsealed', 'audit_head'] loop
    if not exists (
      select from pg_catalog.pg_trigger t
      where t.tgrelid = format('integratedb.%I', guarded)::regclass and t.tgname = 'guard_rows'
    ) then
      execute format(
        'create trigger guard_rows before update or delete on integratedb.%1$I
           for each row execute function integratedb.guard_audit();
         create trigger guard_table before truncate on integratedb.%1$I
           for each statement execute function integratedb.guard_audit();
         alter table integratedb.%1$I enable always trigger guard_rows;
         alter table integratedb.%1$I enable always trigger guard_table',
        guarded
      );
    end if;
  end loop;
end
$$;
