-- Expands `schema.*` and `*` of these watched tables against the live catalog.
-- Nothing is ever taken away, so what a migration dropped stays visibly unmet.
-- Answers the watched tables with those that `schema.*` brought in.
--
-- To whom a notification tells `*`, it tells what the claims let it read: these say what is
-- needed, and the notification can do without any of it.
create or replace function integratedb.expand_wildcards(watched bigint[])
returns bigint[]
language plpgsql
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  brought_in bigint[];
  tables bigint[];
begin
  if exists (
    select from integratedb.watched_tables w
    where w.id = any (watched) and w.table_name = ''
  ) then
    -- A partition is left out: its parent stands for it.
    with member as materialized (
      select ct.claim_id, ct.alternative_no, n.nspname as schema_name, c.relname as table_name
      from integratedb.live_tables s
      join integratedb.claimed_tables ct on ct.watched_id = s.watched_id
      join pg_namespace n on n.oid = s.schema
      join pg_class c
        on c.relnamespace = n.oid
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and not c.relispartition
      where s.is_schema and s.watched_id = any (watched)
    ),
    added as (
      insert into integratedb.watched_tables (schema_name, table_name)
      select distinct m.schema_name, m.table_name from member m
      on conflict on constraint watched_tables_schema_name_table_name_key do nothing
      returning id, schema_name, table_name
    ),
    named as (
      select a.* from added a
      union all
      select w.id, w.schema_name, w.table_name
      from integratedb.watched_tables w
      where (w.schema_name, w.table_name) in (select m.schema_name, m.table_name from member m)
    ),
    claimed as (
      insert into integratedb.claimed_tables (claim_id, alternative_no, watched_id, every_column, planned)
      select m.claim_id, m.alternative_no, named.id, true, false
      from member m
      join named using (schema_name, table_name)
      on conflict on constraint claimed_tables_claim_id_alternative_no_watched_id_key do nothing
      returning watched_id
    )
    select array_agg(distinct c.watched_id) into brought_in from claimed c;
    perform integratedb.mark_heard();
  end if;

  tables := watched || brought_in;

  insert into integratedb.claimed_columns (
    claimed_table_id, field_no, field_alternative_no, column_name, optional,
    seen, seen_attnum, seen_type, seen_length, seen_nullable
  )
  select
    ct.id, -1, 0, l.column_name, c.kind = 'notifications',
    true, l.attnum, l.type_name, l.max_length, l.is_nullable
  from integratedb.live_tables t
  join integratedb.claimed_tables ct on ct.watched_id = t.watched_id and ct.every_column
  join integratedb.claims c on c.id = ct.claim_id
  join integratedb.live_attributes l on l.relation = t.relation
  where t.watched_id = any (tables)
  on conflict on constraint claimed_columns_pkey do nothing;

  return tables;
end
$$;
