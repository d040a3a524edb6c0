-- Enters in the journal what became of this transaction; a second entry of the
-- same transaction is added to the first, and what was overridden stays so. The audit has
-- it too. Of an override: for which reason, and the claims that it broke.
drop function if exists integratedb.enter_in_journal(text, boolean, timestamptz, text[], jsonb, text);
create or replace function integratedb.enter_in_journal(
  kind text, by_gate boolean, began timestamptz, tables text[], grants jsonb,
  reason text default null, broken bigint[] default '{}'
)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  most_commands constant integer := 100;
  seen jsonb;
  seen_count integer;
  unmet jsonb;
  entry integratedb.journal;
begin
  select
    jsonb_agg(jsonb_build_object('command', g.command, 'object', g.object) order by g.id)
      filter (where g.no <= most_commands),
    nullif(count(*), 0)
  into seen, seen_count
  from (
    select c.*, row_number() over (order by c.id) as no
    from integratedb.gate_commands c
    where by_gate and c.xid = pg_current_xact_id()
  ) g;

  if kind = 'overridden' then
    select coalesce(jsonb_agg(to_jsonb(u) - array['total', 'complaint', 'alternatives', 'listens', 'stakeholder_id']), '[]')
    into unmet
    from integratedb.describe_unmet(null, null) u
    where u.claim_id = any (broken);
  end if;

  insert into integratedb.journal as j (
    kind, by_gate, by_role, application, address, validation_ms, tables, commands, command_count, grants, reason, unmet
  )
  values (
    kind, by_gate, session_user, nullif(current_setting('application_name'), ''), inet_client_addr(),
    extract(epoch from clock_timestamp() - began) * 1000, tables, seen, seen_count, grants, reason, unmet
  )
  on conflict on constraint journal_transaction_key do update set
    kind = case j.kind when 'overridden' then j.kind else excluded.kind end,
    by_gate = excluded.by_gate,
    at = excluded.at,
    validation_ms = j.validation_ms + excluded.validation_ms,
    tables = array(select unnest(j.tables) union select unnest(excluded.tables) order by 1),
    commands = coalesce(j.commands || excluded.commands, j.commands, excluded.commands),
    command_count = coalesce(j.command_count + excluded.command_count, j.command_count, excluded.command_count),
    grants = j.grants || excluded.grants,
    reason = coalesce(excluded.reason, j.reason),
    unmet = coalesce(j.unmet || excluded.unmet, j.unmet, excluded.unmet)
  returning j.* into entry;
  perform integratedb.audit_migration(entry);
end
$$;
