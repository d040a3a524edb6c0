-- Where this registry was restored from a dump (is_restored.sql), learns the numbers
-- of everything anew: of the tables that are claimed, and of what was granted. A dump
-- brings the privileges themselves, so what is held and claimed counts as granted by us.
-- Answers whether it was.
create or replace function integratedb.adopt_restored()
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  was_restored boolean := integratedb.is_restored();
  here text := integratedb.here();
begin
  insert into integratedb.home (place) values (here)
  on conflict on constraint home_pkey do update set place = excluded.place
  where home.place <> excluded.place;
  if not was_restored then
    return false;
  end if;

  perform integratedb.take_fence();
  delete from integratedb.granted_columns;
  insert into integratedb.granted_columns (stakeholder_id, relation, attnums)
  select c.stakeholder_id, t.relation, array_agg(distinct a.attnum order by a.attnum)
  from integratedb.claims c
  join integratedb.stakeholders s on s.id = c.stakeholder_id
  join pg_roles r on r.rolname = s.name
  join integratedb.claimed_tables ct on ct.claim_id = c.id
  join integratedb.live_tables t on t.watched_id = ct.watched_id and t.relation is not null
  join integratedb.claimed_columns cc on cc.claimed_table_id = ct.id
  join pg_attribute a
    on a.attrelid = t.relation and a.attname = cc.column_name and a.attnum > 0 and not a.attisdropped
  cross join lateral aclexplode(a.attacl) acl
  where c.kind = 'claims' and acl.grantee = r.oid and acl.privilege_type = 'SELECT'
  group by c.stakeholder_id, t.relation;

  delete from integratedb.granted_schemas;
  insert into integratedb.granted_schemas (stakeholder_id, schema)
  select distinct c.stakeholder_id, n.oid
  from integratedb.claims c
  join integratedb.stakeholders s on s.id = c.stakeholder_id
  join pg_roles r on r.rolname = s.name
  join integratedb.claimed_tables ct on ct.claim_id = c.id
  join integratedb.live_tables t on t.watched_id = ct.watched_id and t.found
  join pg_namespace n on n.oid = t.schema
  cross join lateral aclexplode(n.nspacl) acl
  where c.kind = 'claims' and acl.grantee = r.oid and acl.privilege_type = 'USAGE';

  update integratedb.watched_tables set relation = null, digest = null;
  perform integratedb.sync();
  return true;
end
$$;
