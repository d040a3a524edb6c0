-- Gives what wildcards brought in the time since when it was claimed before
-- (`since`: see claimed_since.sql).
drop function if exists integratedb.restore_since(bigint, jsonb);
create or replace function integratedb.restore_since(stakeholder bigint, of_kind text, since jsonb)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
as $$
#variable_conflict use_column
begin
  update integratedb.claimed_tables ct
  set since = (restore_since.since ->> format('%I.%I', w.schema_name, w.table_name))::timestamptz
  from integratedb.claims c, integratedb.watched_tables w
  where c.stakeholder_id = stakeholder
    and c.kind = of_kind
    and ct.claim_id = c.id
    and ct.every_column
    and w.id = ct.watched_id
    and restore_since.since ? format('%I.%I', w.schema_name, w.table_name);

  update integratedb.claimed_columns cc
  set since = (restore_since.since ->> (format('%I.%I', w.schema_name, w.table_name) || '.' || cc.column_name))::timestamptz
  from integratedb.claims c
  join integratedb.claimed_tables ct on ct.claim_id = c.id and ct.every_column
  join integratedb.watched_tables w on w.id = ct.watched_id
  where c.stakeholder_id = stakeholder
    and c.kind = of_kind
    and cc.claimed_table_id = ct.id
    and cc.field_no = -1
    and restore_since.since ? (format('%I.%I', w.schema_name, w.table_name) || '.' || cc.column_name);
end
$$;
