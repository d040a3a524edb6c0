-- Since when a stakeholder has claimed each table and column, by `schema.table`
-- and `schema.table.column`. A PUT stores claims anew, but they are no younger.
drop function if exists integratedb.claimed_since(bigint);
create or replace function integratedb.claimed_since(stakeholder bigint, of_kind text)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
as $$
  select coalesce(jsonb_object_agg(held.path, held.since), '{}')
  from (
    select distinct on (named.path) named.path, named.since
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    join integratedb.watched_tables w on w.id = ct.watched_id
    left join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
    cross join lateral (
      values
        (format('%I.%I', w.schema_name, w.table_name), ct.since),
        (format('%I.%I', w.schema_name, w.table_name) || '.' || cc.column_name, cc.since)
    ) named (path, since)
    where c.stakeholder_id = stakeholder and c.kind = of_kind and named.path is not null
    order by named.path, named.since
  ) held
$$;
