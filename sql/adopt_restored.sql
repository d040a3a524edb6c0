-- Finds out whether this registry was restored from a dump, and if so learns the numbers
-- of everything anew: of the tables that are claimed, and of what was granted. A dump
-- brings the privileges themselves, so what is held and claimed counts as granted by us.
-- Answers whether it was.
create or replace function integratedb.adopt_restored()
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  here text := format(
    '%s %s', (select c.system_identifier from pg_control_system() c), 'integratedb.watched_tables'::regclass::oid
  );
  there text := (select h.place from integratedb.home h);
begin
  if here = there then
    return false;
  end if;
  insert into integratedb.home (place) values (here)
  on conflict on constraint home_pkey do update set place = excluded.place;
  -- One that has never said where it stands gives itself away by numbers of nothing.
  if there is null and (
    not exists (select from integratedb.watched_tables w where w.relation is not null)
    or exists (
      select from integratedb.watched_tables w
      left join pg_class c on c.oid = w.relation and c.relname = w.table_name
      left join pg_namespace n on n.oid = w.relation and n.nspname = w.schema_name and w.table_name = ''
      where c.oid is not null or n.oid is not null
    )
  ) then
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
