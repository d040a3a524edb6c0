-- Marks a transaction that changes the schema, once, and keeps its commands for
-- the journal; for the two event triggers of the gate. Temporary objects, and our
-- own, don't count.
create or replace function integratedb.gate_mark()
returns event_trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_event = 'sql_drop' then
    insert into integratedb.gate_commands (command, object)
    select tg_tag, d.object_identity
    from pg_event_trigger_dropped_objects() d
    where not d.is_temporary
      and (
        d.object_type in (
          'table', 'table column', 'view', 'materialized view', 'foreign table', 'foreign table column',
          'schema', 'domain constraint'
        )
        -- Not those that every table drops with it.
        or (d.object_type = 'type' and d.original)
        -- It may be what tells the rows of a table apart that somebody listens to.
        or (
          d.object_type = 'index' and d.original
          and exists (select from integratedb.claims c where c.kind = 'notifications')
        )
      )
      and d.schema_name is distinct from 'integratedb';
  else
    insert into integratedb.gate_commands (command, object)
    select c.command_tag, c.object_identity
    from pg_event_trigger_ddl_commands() c
    where c.schema_name is distinct from 'pg_temp'
      and c.schema_name is distinct from 'integratedb'
      and c.object_type not in ('index', 'publication', 'publication relation');
  end if;

  if found then
    insert into integratedb.gate_marks default values on conflict on constraint gate_marks_pkey do nothing;
  end if;
end
$$;
