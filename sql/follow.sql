-- Brings claims, grants and publications in line with these watched tables as they are now,
-- and remembers that state. A table that a required claim still misses something
-- in, or on which a grant was not possible, is not remembered: every later
-- validation looks at it again. `is_met`: nothing of these is unmet, as the
-- caller has just found out.
--
-- Answers the grants that followed, as a JSON array with `action`, `role`, `on`,
-- `columns` (none for USAGE on a schema), and `problem` if it could not be.
drop function if exists integratedb.follow(bigint[], boolean);
create or replace function integratedb.follow(watched bigint[], is_met boolean)
returns jsonb
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
  change record;
  changes jsonb := '[]';
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

  for change in
    select r.*, coalesce(r.schema_name || '.' || r.table_name, r.schema_name) as path
    from integratedb.reconcile_grants(relations, stakeholders) r
  loop
    changes := changes || jsonb_strip_nulls(jsonb_build_object(
      'action', change.action, 'role', change.role, 'on', change.path,
      'columns', to_jsonb(change.columns), 'problem', change.problem
    ));
    continue when change.problem is null;
    raise warning 'IntegrateDB could not % % % %: %',
      lower(change.action),
      case when change.table_name is null then 'USAGE on schema ' else 'SELECT on ' end || change.path,
      case change.action when 'GRANT' then 'to' else 'from' end,
      change.role,
      change.problem
      using hint = 'It is tried again at the next integratedb_sync().';
    undecided := undecided || array(
      select w.id from integratedb.watched_tables w
      where w.schema_name = change.schema_name
        and (change.table_name is null or w.table_name = change.table_name)
      union
      -- What it was called when it was claimed, if it has another name by now.
      select w.id
      from integratedb.watched_tables w
      join pg_class c on c.oid = w.relation and c.relname = change.table_name
      join pg_namespace n on n.oid = c.relnamespace and n.nspname = change.schema_name
    );
  end loop;

  perform integratedb.follow_publications();

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
  return changes;
end
$$;
