-- Expands `schema.*` and `*` of these watched tables against the live catalog,
-- and follows the properties that documents leave to the database: taken when a
-- column is first seen, and widened with it. Nothing is ever narrowed, so what a
-- migration took away stays visibly unmet. Answers the watched tables with those
-- that `schema.*` brought in.
create or replace function integratedb.expand_claims(watched bigint[])
returns bigint[]
language plpgsql
set search_path = pg_catalog, pg_temp
set jit = off
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
  end if;

  tables := watched || brought_in;

  insert into integratedb.claimed_columns (claimed_table_id, field_no, field_alternative_no, column_name)
  select ct.id, -1, 0, a.attname
  from integratedb.live_tables t
  join integratedb.claimed_tables ct on ct.watched_id = t.watched_id and ct.every_column
  join pg_attribute a on a.attrelid = t.relation and a.attnum > 0 and not a.attisdropped
  where t.watched_id = any (tables)
  on conflict on constraint claimed_columns_pkey do nothing;

  update integratedb.claimed_columns cc
  set
    seen = true, seen_attnum = now.attnum,
    seen_type = now.type, seen_length = now.length, seen_nullable = now.nullable
  from (
    select
      leaf.claimed_table_id, leaf.field_no, leaf.field_alternative_no, leaf.column_name,
      leaf.attnum,
      coalesce(leaf.seen_type, leaf.type_name) as type,
      case
        when not leaf.seen then leaf.max_length
        when leaf.seen_length is null or leaf.max_length is null then null
        else greatest(leaf.seen_length, leaf.max_length)
      end as length,
      leaf.live_nullable and coalesce(leaf.seen_nullable, true) as nullable
    from integratedb.live_leaves leaf
    where leaf.watched_id = any (tables)
      and leaf.found
      -- What doesn't hold is not followed: another type is no wider one.
      and leaf.type_holds and leaf.length_holds and leaf.nullability_holds
  ) now
  where (cc.claimed_table_id, cc.field_no, cc.field_alternative_no, cc.column_name)
      = (now.claimed_table_id, now.field_no, now.field_alternative_no, now.column_name)
    and (cc.seen, cc.seen_attnum, cc.seen_type, cc.seen_length, cc.seen_nullable)
      is distinct from (true, now.attnum, now.type, now.length, now.nullable);

  -- What `*` found in an optional match and is gone again is needed by nobody.
  delete from integratedb.claimed_columns cc
  using integratedb.claimed_tables ct
  join integratedb.claims c on c.id = ct.claim_id and c.optional
  join integratedb.live_tables t on t.watched_id = ct.watched_id
  where ct.watched_id = any (tables)
    and cc.claimed_table_id = ct.id
    and cc.field_no = -1
    and not exists (
      select from pg_attribute a
      where a.attrelid = t.relation and a.attname = cc.column_name and not a.attisdropped
    );

  return tables;
end
$$;
