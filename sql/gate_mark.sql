-- Marks a transaction that changes the schema, once; for the two event triggers
-- of the gate. Temporary objects, and our own, don't count.
create or replace function integratedb.gate_mark()
returns event_trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_event = 'sql_drop' and not exists (
    select from pg_event_trigger_dropped_objects() d
    where not d.is_temporary
      and d.object_type in (
        'table', 'table column', 'view', 'materialized view', 'foreign table', 'foreign table column',
        'schema', 'type', 'domain constraint'
      )
      and d.schema_name is distinct from 'integratedb'
  ) then
    return;
  end if;

  if tg_event = 'ddl_command_end' and not exists (
    select from pg_event_trigger_ddl_commands() c
    where c.schema_name is distinct from 'pg_temp'
      and c.schema_name is distinct from 'integratedb'
      and c.object_type is distinct from 'index'
  ) then
    return;
  end if;

  insert into integratedb.gate_marks default values on conflict on constraint gate_marks_pkey do nothing;
end
$$;
