-- What the model judges: the database as it is, read by plain queries that obey
-- the snapshot they run in, and the states that transactions left behind.

create schema model;
grant usage on schema model to public;

-- The tables of the test, with everything that claims and grants depend on. Roles
-- are named as grantees; `public` is everybody.
create view model.catalog as
select json_build_object(
  'schemas', (
    select coalesce(json_agg(json_build_object(
      'name', n.nspname,
      'users', (
        select coalesce(json_agg(coalesce(r.rolname, 'public')), '[]')
        from aclexplode(n.nspacl) acl
        left join pg_roles r on r.oid = acl.grantee
        where acl.privilege_type = 'USAGE'
      )
    ) order by n.nspname), '[]')
    from pg_namespace n
    where n.nspname = 'public' or n.nspname ~ '^s[0-9]$'
  ),
  'relations', (
    select coalesce(json_agg(json_build_object(
      'schema', n.nspname,
      'name', c.relname,
      'oid', c.oid,
      'kind', c.relkind,
      'parent', (
        select json_build_array(pn.nspname, p.relname)
        from pg_inherits i
        join pg_class p on p.oid = i.inhparent
        join pg_namespace pn on pn.oid = p.relnamespace
        where i.inhrelid = c.oid
      ),
      'readers', (
        select coalesce(json_agg(coalesce(r.rolname, 'public')), '[]')
        from aclexplode(c.relacl) acl
        left join pg_roles r on r.oid = acl.grantee
        where acl.privilege_type = 'SELECT'
      ),
      'columns', (
        select coalesce(json_agg(json_build_object(
          'name', a.attname,
          'type', json_build_array(tn.nspname, t.typname),
          'modifier', a.atttypmod,
          'is_not_null', a.attnotnull,
          'domain', case t.typtype when 'd' then json_build_object(
            'type', json_build_array(bn.nspname, b.typname),
            'modifier', t.typtypmod,
            'is_not_null', t.typnotnull
          ) end,
          'readers', (
            select coalesce(json_agg(coalesce(r.rolname, 'public')), '[]')
            from aclexplode(a.attacl) acl
            left join pg_roles r on r.oid = acl.grantee
            where acl.privilege_type = 'SELECT'
          )
        ) order by a.attnum), '[]')
        from pg_attribute a
        join pg_type t on t.oid = a.atttypid
        join pg_namespace tn on tn.oid = t.typnamespace
        left join pg_type b on b.oid = t.typbasetype
        left join pg_namespace bn on bn.oid = b.typnamespace
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      )
    ) order by n.nspname, c.relname), '[]')
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where (n.nspname = 'public' or n.nspname ~ '^s[0-9]$') and c.relkind in ('r', 'p', 'v', 'm', 'f')
  )
)::text as state;
grant select on model.catalog to public;

-- Which document is in force, not what it says: the test knows what it has put.
-- `unsure`: tables that the engine has noted to look at again, by the names that
-- are claimed and by those they bear now.
create view model.registry as
select json_build_object(
  'versions', (
    select coalesce(json_object_agg(s.stakeholder_id, s.xmin::text), '{}') from integratedb.specs s
  ),
  'unsure', (
    select coalesce(json_agg(json_build_array(unsure.schema_name, unsure.table_name)), '[]')
    from (
      select w.schema_name, w.table_name
      from integratedb.watched_tables w
      where w.digest is null
      union all
      select n.nspname, c.relname
      from integratedb.watched_tables w
      join pg_class c on c.oid = w.relation
      join pg_namespace n on n.oid = c.relnamespace
      where w.digest is null
    ) unsure
  )
)::text as state;

-- Each state that the engine has let pass, as the transaction itself sees it
-- while it holds the fence. Whoever doesn't commit leaves no row, nor does who
-- has written nothing.
create table model.history (
  no bigint generated always as identity primary key,
  xid xid8 not null,
  passed bigint not null,
  -- Who, and in which statement.
  author text not null,
  catalog text not null,
  registry text not null
);

-- In plpgsql, which keeps its plan.
create function model.note() returns void
language plpgsql
security definer
as $$
begin
  insert into model.history (xid, passed, author, catalog, registry)
  select
    pg_current_xact_id(), f.passed,
    format('%s, pid %s: %s', session_user, pg_backend_pid(), current_query()), c.state, r.state
  from integratedb.fence f, model.catalog c, model.registry r
  where pg_current_xact_id_if_assigned() is not null;
end
$$;

create function model.observe() returns trigger
language plpgsql
security definer
as $$
begin
  perform model.note();
  return null;
end
$$;

-- After the trigger of the gate, which comes first by its name.
create constraint trigger then_observe
  after insert on integratedb.gate_marks
  deferrable initially deferred
  for each row execute function model.observe();

create constraint trigger observe
  after insert or update or delete on integratedb.specs
  deferrable initially deferred
  for each row execute function model.observe();
