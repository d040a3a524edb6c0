-- Makes the privileges on these relations what the stakeholders claim: revokes
-- first, a statement per role and table, nothing where nothing differs. Answers
-- what it did, and what it could not do and why (`problem` in words, `code`
-- `not_allowed` or the SQLSTATE): a sync in a migration never fails for a grant.
--
-- A table that another transaction is changing is passed over, so that two
-- migrations can't wait for each other; that transaction's own sync follows.
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
set plan_cache_mode = force_generic_plan
as $$
declare
  step record;
  statement text;
begin
  delete from integratedb.granted_columns g
  where g.relation = any (relations)
    and not exists (select from pg_class c where c.oid = g.relation);

  delete from integratedb.granted_schemas g
  where g.stakeholder_id = any (stakeholders)
    and not exists (select from pg_namespace n where n.oid = g.schema);

  for step in
    select
      p.*, n.nspname, c.relname, c.relkind,
      array(
        select a.attname
        from pg_attribute a
        where a.attrelid = p.relation and a.attnum = any (p.columns)
        order by a.attnum
      ) as names
    from integratedb.grant_plan(relations, stakeholders) p
    join pg_namespace n on n.oid = p.schema
    left join pg_class c on c.oid = p.relation
    order by p.action desc, p.relation is not null, n.nspname, c.relname, p.role
  loop
    stakeholder_id := step.stakeholder_id;
    role := step.role;
    action := step.action;
    schema_name := step.nspname;
    table_name := step.relname;
    columns := case when step.relation is not null then step.names end;
    problem := null;
    code := null;

    statement := case
      when step.relation is null then format('usage on schema %I', step.nspname)
      else format(
        'select (%s) on %I.%I',
        (select string_agg(quote_ident(name), ', ') from unnest(step.names) name),
        step.nspname, step.relname
      )
    end;
    statement := case step.action
      when 'GRANT' then format('grant %s to %I', statement, step.role)
      else format('revoke %s from %I', statement, step.role)
    end;

    if step.is_allowed then
      begin
        if step.relkind in ('r', 'p') and has_table_privilege(step.relation, 'SELECT') then
          execute format('lock table only %I.%I in access share mode nowait', step.nspname, step.relname);
        end if;
        execute statement;
      exception
        when lock_not_available then
          problem := 'another transaction is changing the table';
          code := sqlstate;
        when others then
          problem := sqlerrm;
          code := sqlstate;
      end;
    else
      problem := format('%s may not grant it', current_user);
      code := 'not_allowed';
    end if;

    -- The ledger keeps what is still to be taken back.
    if problem is null and step.relation is null then
      if step.action = 'GRANT' then
        insert into integratedb.granted_schemas (stakeholder_id, schema)
        values (step.stakeholder_id, step.schema)
        on conflict on constraint granted_schemas_pkey do nothing;
      else
        delete from integratedb.granted_schemas g
        where g.stakeholder_id = step.stakeholder_id and g.schema = step.schema;
      end if;
    elsif problem is null and step.action = 'GRANT' then
      insert into integratedb.granted_columns as g (stakeholder_id, relation, attnums)
      values (step.stakeholder_id, step.relation, step.columns)
      on conflict on constraint granted_columns_pkey do update
      set attnums = array(select unnest(g.attnums) union select unnest(excluded.attnums) order by 1);
    elsif problem is null then
      update integratedb.granted_columns g
      set attnums = array(select unnest(g.attnums) except select unnest(step.columns) order by 1)
      where g.stakeholder_id = step.stakeholder_id and g.relation = step.relation;
    elsif step.action = 'GRANT' and step.is_effective then
      -- It can read already, by somebody else's grant.
      continue;
    end if;

    return next;
  end loop;

  delete from integratedb.granted_columns g
  where g.relation = any (relations) and g.stakeholder_id = any (stakeholders) and g.attnums = '{}';
end
$$;
