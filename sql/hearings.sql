-- Who hears of which table, and what of it: a row for each notification and table.
--
--   columns   those that the document names and that the stakeholder's claims let
--             it read, by name; whoever doesn't claim the table hears nothing of it
--   listens   the events, channels and condition of the match
create or replace function integratedb.hearings()
returns table (
  stakeholder_id bigint,
  match_no integer,
  schema_name name,
  table_name name,
  columns text[],
  listens jsonb
)
language sql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  with readable as materialized (
    select distinct c.stakeholder_id, ct.watched_id, cc.column_name
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    left join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
    where c.kind = 'claims'
  ),
  heard as materialized (
    select
      c.stakeholder_id, c.match_no, c.listens, ct.id as claimed_table_id, ct.watched_id,
      t.schema_name, t.table_name, t.relation, owner.oid as owner
    from integratedb.claims c
    join integratedb.stakeholders s on s.id = c.stakeholder_id
    -- Somebody may have dropped it, who may read nothing then.
    join pg_roles owner on owner.rolname = s.name
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    join integratedb.live_tables t on t.watched_id = ct.watched_id and not t.is_schema
    where c.kind = 'notifications'
      and exists (
        select from readable r where r.stakeholder_id = c.stakeholder_id and r.watched_id = ct.watched_id
      )
  ),
  publishing as materialized (
    select h.relation, p.obstacle
    from (select distinct heard.relation from heard where heard.relation is not null) h
    cross join lateral integratedb.publishing(h.relation) p
  ),
  told as (
    select h.claimed_table_id, array_agg(distinct cc.column_name::text order by cc.column_name::text) as columns
    from heard h
    join integratedb.claimed_columns cc on cc.claimed_table_id = h.claimed_table_id
    join readable r
      on r.stakeholder_id = h.stakeholder_id
      and r.watched_id = h.watched_id
      and r.column_name = cc.column_name
    left join pg_attribute a on a.attrelid = h.relation and a.attname = cc.column_name and not a.attisdropped
    -- What is gone has no privileges any more; the log may still tell of it.
    where a.attnum is null or coalesce(has_column_privilege(h.owner, h.relation, a.attnum, 'SELECT'), false)
    group by h.claimed_table_id
  )
  select
    h.stakeholder_id, h.match_no, h.schema_name, h.table_name, coalesce(t.columns, '{}'), h.listens
  from heard h
  left join publishing p on p.relation = h.relation
  left join told t on t.claimed_table_id = h.claimed_table_id
  where p.obstacle is null
$$;
