-- Brings claims and grants in line with these watched tables as they are now,
-- and remembers that state. A table that a required claim still misses something
-- in, or on which a grant was not possible, is not remembered: every later
-- validation looks at it again. `is_met`: nothing of these is unmet, as the
-- caller has just found out.
create or replace function integratedb.follow(watched bigint[], is_met boolean)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  tables bigint[] := integratedb.expand_claims(watched);
  relations oid[];
  stakeholders bigint[];
  failure record;
  undecided bigint[];
begin
  -- A table that was renamed away still holds what was granted on it.
  relations := array(
    select w.relation from integratedb.watched_tables w where w.id = any (tables) and w.relation is not null
    union
    select t.relation from integratedb.live_tables t where t.watched_id = any (tables) and t.relation is not null
    union
    -- What could not be revoked when another table took over the name.
    select g.relation
    from integratedb.granted_columns g
    where not is_met
      and not exists (select from integratedb.watched_tables w where w.relation = g.relation)
  );
  stakeholders := array(
    select c.stakeholder_id
    from integratedb.claimed_tables ct
    join integratedb.claims c on c.id = ct.claim_id
    where ct.watched_id = any (tables)
    union
    select g.stakeholder_id from integratedb.granted_columns g where g.relation = any (relations)
  );

  for failure in
    select r.*
    from integratedb.reconcile_grants(relations, stakeholders) r
    where r.problem is not null
  loop
    raise warning 'IntegrateDB could not % % % %: %',
      lower(failure.action),
      coalesce('SELECT on ' || failure.schema_name || '.' || failure.table_name, 'USAGE on schema ' || failure.schema_name),
      case failure.action when 'GRANT' then 'to' else 'from' end,
      failure.role,
      failure.problem
      using hint = 'It is tried again at the next integratedb_sync().';
    undecided := undecided || array(
      select w.id from integratedb.watched_tables w
      where w.schema_name = failure.schema_name
        and (failure.table_name is null or w.table_name = failure.table_name)
    );
  end loop;

  if not is_met then
    undecided := undecided || array(select u.watched_id from integratedb.unmet(tables) u);
  end if;

  update integratedb.watched_tables w
  set relation = coalesce(d.relation, w.relation), digest = d.digest
  from integratedb.live_digests d
  where d.watched_id = any (tables) and w.id = d.watched_id and w.digest is distinct from d.digest;

  update integratedb.watched_tables w
  set digest = null
  where w.id = any (undecided) and w.digest is not null;
end
$$;
