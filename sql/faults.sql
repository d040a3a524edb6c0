-- Everything about these watched tables that a document names and the database
-- doesn't have, whether or not the claim is met some other way: a row for each
-- table that is gone, column that is gone, and property that doesn't match.
-- `found` is what is there instead: another value, or of what is gone, the name
-- that the same table or column bears now.
--
-- Of a table that somebody listens to, also how it can't be published. Whoever listens to
-- `schema.*` hears of what its claims let it read: that a table of it is gone is no fault.
create or replace function integratedb.faults(watched bigint[])
returns table (
  claim_id bigint,
  alternative_no integer,
  watched_id bigint,
  claimed_table_id bigint,
  schema_name name,
  table_name name,
  field_no integer,
  field_alternative_no integer,
  column_name name,
  property text,
  needed text,
  found text
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  select
    ct.claim_id, ct.alternative_no, t.watched_id, ct.id, t.schema_name, t.table_name,
    null::integer, null::integer, null::name, 'path', null::text,
    (
      select format('%I.%I', n.nspname, c.relname)
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      where c.oid = t.seen_relation
    )
  from integratedb.live_tables t
  join integratedb.claimed_tables ct on ct.watched_id = t.watched_id
  where t.watched_id = any (watched) and not t.found
    and (t.is_schema or not integratedb.is_heard_by_schema(ct))
  union all
  select
    f.claim_id, f.alternative_no, t.watched_id, f.claimed_table_id, t.schema_name, t.table_name,
    null, null, null, f.property, f.needed, f.found
  from integratedb.live_tables t
  cross join lateral integratedb.publishing_faults(t.watched_id, t.relation) f
  where t.watched_id = any (watched) and t.is_heard and t.found and not t.is_schema
  union all
  select
    leaf.claim_id, leaf.alternative_no, leaf.watched_id, leaf.claimed_table_id, leaf.schema_name, leaf.table_name,
    leaf.field_no, leaf.field_alternative_no, leaf.column_name,
    fault.property, fault.needed, fault.found
  from integratedb.live_leaves leaf
  cross join lateral (
    values
      ('name', null,
        case when not leaf.found then (
          select a.attname::text
          from pg_attribute a
          where a.attrelid = leaf.relation
            and leaf.relation = leaf.seen_relation
            and a.attnum = leaf.seen_attnum
            and not a.attisdropped
        ) end,
        not leaf.found),
      ('type', coalesce(leaf.type_as_written, leaf.seen_type), leaf.type_name,
        leaf.found and not leaf.type_holds),
      ('min_length',
        case leaf.required_length when 2147483647 then 'unlimited' else leaf.required_length::text end,
        leaf.max_length::text,
        leaf.found and not leaf.length_holds),
      ('is_nullable', 'false', 'true', leaf.found and not leaf.nullability_holds)
  ) fault (property, needed, found, is_broken)
  where leaf.watched_id = any (watched)
    and not (leaf.found and leaf.type_holds and leaf.length_holds and leaf.nullability_holds)
    and fault.is_broken;
end
$$;
