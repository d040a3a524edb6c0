-- Expands the claims on these watched tables, and follows the properties that
-- documents leave to the database: taken when a column is first seen, and widened
-- with it. Nothing is ever narrowed, so what a migration took away stays visibly
-- unmet. Answers the watched tables with those that `schema.*` brought in.
create or replace function integratedb.expand_claims(watched bigint[])
returns bigint[]
language plpgsql
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  tables bigint[] := integratedb.expand_wildcards(watched);
begin
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
