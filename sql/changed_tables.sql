-- The watched tables (these, or all for null) that are not as the last sync left
-- them, with what they are now: a digest of all that claims and column grants
-- depend on (identity, owner, columns, types, nullability and privileges).
create or replace function integratedb.changed_tables(watched bigint[] default null)
returns table (watched_id bigint, relation oid, digest bigint)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  with tables as materialized (
    select w.id, w.digest, w.table_name, n.oid as schema, c.oid as relation, c.relowner
    from integratedb.watched_tables w
    left join pg_namespace n on n.nspname = w.schema_name
    left join pg_class c
      on c.relnamespace = n.oid and c.relname = w.table_name and c.relkind in ('r', 'p', 'v', 'm', 'f')
    where watched is null or w.id = any (watched)
  ),
  user_type as (
    select
      t.oid,
      hash_record_extended(row(
        t.typname, n.nspname, t.typbasetype, t.typtypmod, t.typnotnull, base.typname, bn.nspname
      ), 0) as digest
    from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    left join (pg_type base join pg_namespace bn on bn.oid = base.typnamespace)
      on t.typtype = 'd' and base.oid = t.typbasetype
    where t.oid >= 16384
  ),
  columns as (
    -- Built-in types can't change, so only the others are looked up.
    select
      a.attrelid as relation,
      bit_xor(hash_record_extended(row(
        a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attacl, user_type.digest
      ), 0)) as digest
    from tables
    join pg_attribute a on a.attrelid = tables.relation and a.attnum > 0 and not a.attisdropped
    left join user_type on user_type.oid = a.atttypid and a.atttypid >= 16384
    group by a.attrelid
  ),
  members as (
    select tables.id, bit_xor(hash_record_extended(row(c.oid, c.relname), 0)) as digest
    from tables
    join pg_class c
      on c.relnamespace = tables.schema
      and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and not c.relispartition
    where tables.table_name = ''
    group by tables.id
  ),
  now as (
    select
      tables.id, tables.relation, tables.digest as before,
      coalesce(columns.digest, members.digest, 0) # hash_record_extended(row(
        tables.schema, tables.relation, tables.relowner
      ), 0) as digest
    from tables
    left join columns using (relation)
    left join members on members.id = tables.id
  )
  select now.id, now.relation, now.digest
  from now
  where now.digest is distinct from now.before;
end
$$;
