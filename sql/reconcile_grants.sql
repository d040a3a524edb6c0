-- Makes the privileges on these relations what the stakeholders claim, and answers
-- what it did, and what it could not do and why (`problem` in words, `code`
-- `not_allowed` or the SQLSTATE): a sync in a migration never fails for a grant.
--
-- Somebody else's transaction that is changing the same privileges is waited for
-- only briefly: it may be waiting for the fence that is held here. Its own sync
-- follows.
create or replace function integratedb.reconcile_grants(relations oid[], stakeholders bigint[])
returns table (
  stakeholder_id bigint,
  role name,
  action text,
  schema_name name,
  table_name name,
  columns name[],
  problem text,
  code text
)
language plpgsql
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
set lock_timeout = '100ms'
as $$
#variable_conflict use_column
declare
  steps integratedb.grant_step[] := array(select p from integratedb.grant_plan(relations, stakeholders) p);
  step integratedb.grant_step;
  is_carried_out boolean := false;
  carried_out integratedb.grant_step[];
begin
  delete from integratedb.granted_columns g
  where g.relation = any (relations)
    and not exists (select from pg_class c where c.oid = g.relation);

  delete from integratedb.granted_schemas g
  where g.stakeholder_id = any (stakeholders)
    and not exists (select from pg_namespace n where n.oid = g.schema);

  -- All of them, or if that fails, each for itself to learn which one can't be.
  begin
    execute coalesce((select string_agg(s.statement, '; ') from unnest(steps) s where s.is_allowed), '');
    is_carried_out := true;
  exception
    when others then perform set_config('lock_timeout', '1ms', true);
  end;

  foreach step in array steps loop
    stakeholder_id := step.stakeholder_id;
    role := step.role;
    action := step.action;
    schema_name := step.schema_name;
    table_name := step.table_name;
    columns := step.columns;
    problem := null;
    code := null;

    if not step.is_allowed then
      problem := format('%s may not grant it', current_user);
      code := 'not_allowed';
    elsif not is_carried_out then
      begin
        execute step.statement;
      exception
        when lock_not_available then
          problem := 'another transaction is changing the table';
          code := sqlstate;
        when others then
          problem := sqlerrm;
          code := sqlstate;
      end;
    end if;

    -- A REVOKE takes back only what its grantor gave, and says nothing of the rest:
    -- grants of the owner stay if IntegrateDB has got the grant option since.
    if problem is null and step.action = 'REVOKE' and step.relation is not null and exists (
      select
      from pg_attribute a
      cross join lateral aclexplode(a.attacl) acl
      join pg_roles r on r.oid = acl.grantee
      where a.attrelid = step.relation
        and a.attnum = any (step.attnums)
        and acl.privilege_type = 'SELECT'
        and r.rolname = step.role
    ) then
      problem := format('another grantor than %s gave it', current_user);
      code := 'not_allowed';
    end if;

    if problem is null then
      carried_out := carried_out || step;
    elsif step.action = 'GRANT' and step.relation is not null and (
      select bool_and(has_column_privilege(step.role, step.relation, attnum, 'SELECT'))
      from unnest(step.attnums) attnum
    ) then
      -- It can read already, by somebody else's grant.
      continue;
    end if;
    return next;
  end loop;

  perform integratedb.record_grants(carried_out);
  perform integratedb.alert_grants(carried_out);
end
$$;
