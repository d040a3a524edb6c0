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
  )
  select
    c.stakeholder_id, c.match_no, t.schema_name, t.table_name,
    array(
      select distinct cc.column_name::text
      from integratedb.claimed_columns cc
      join readable r
        on r.stakeholder_id = c.stakeholder_id
        and r.watched_id = ct.watched_id
        and r.column_name = cc.column_name
      left join pg_attribute a on a.attrelid = t.relation and a.attname = cc.column_name and not a.attisdropped
      where cc.claimed_table_id = ct.id
        -- What is gone has no privileges any more; the log may still tell of it.
        and (a.attnum is null or coalesce(has_column_privilege(owner.oid, t.relation, a.attnum, 'SELECT'), false))
      order by 1
    ),
    c.listens
  from integratedb.claims c
  join integratedb.stakeholders s on s.id = c.stakeholder_id
  -- Somebody may have dropped it, who may read nothing then.
  join pg_roles owner on owner.rolname = s.name
  join integratedb.claimed_tables ct on ct.claim_id = c.id
  join integratedb.live_tables t on t.watched_id = ct.watched_id and not t.is_schema
  left join lateral integratedb.publishing(t.relation) p on true
  where c.kind = 'notifications'
    and p.obstacle is null
    and exists (
      select from readable r where r.stakeholder_id = c.stakeholder_id and r.watched_id = ct.watched_id
    )
$$;
