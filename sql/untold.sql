-- What a stakeholder's notifications name and it is not told, with why: its claims
-- don't let it read that, or Postgres doesn't publish it.
create or replace function integratedb.untold(stakeholder bigint)
returns table ("match" integer, path text, "column" text, why text)
language sql
stable
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
as $$
  with readable as materialized (
    select distinct ct.watched_id, cc.column_name
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    left join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
    where c.stakeholder_id = stakeholder and c.kind = 'claims'
  ),
  named as (
    select
      c.match_no, ct.id, t.watched_id, t.relation,
      integratedb.path_in_words(t.schema_name, t.table_name) as path,
      c.needs_identity, p.obstacle, p.identity
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    join integratedb.live_tables t on t.watched_id = ct.watched_id and t.found and not t.is_schema
    left join lateral integratedb.publishing(t.relation) p on true
    where c.stakeholder_id = stakeholder and c.kind = 'notifications'
  )
  select n.match_no, n.path, null, 'the claims don''t name it'
  from named n
  where not exists (select from readable r where r.watched_id = n.watched_id)
  union all
  select distinct n.match_no, n.path, cc.column_name::text, 'the claims don''t name it'
  from named n
  join integratedb.claimed_columns cc on cc.claimed_table_id = n.id
  where exists (select from readable r where r.watched_id = n.watched_id)
    and not exists (
      select from readable r where r.watched_id = n.watched_id and r.column_name = cc.column_name
    )
  union all
  select n.match_no, n.path, null, 'it can''t be published: ' || n.obstacle
  from named n
  where n.obstacle is not null
  union all
  select n.match_no, n.path, null, 'UPDATE and DELETE: it has no primary key or other replica identity'
  from named n
  where n.obstacle is null and n.needs_identity and n.identity = 'none'
  union all
  select distinct n.match_no, n.path, cc.column_name::text, 'Postgres doesn''t publish generated columns'
  from named n
  join integratedb.claimed_columns cc on cc.claimed_table_id = n.id
  join pg_attribute a on a.attrelid = n.relation and a.attname = cc.column_name and a.attgenerated <> ''
$$;
