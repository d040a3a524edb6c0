-- What is missing and what is too much between the tables that somebody listens to
-- and those that are published, a row each, removals first. Changes nothing.
--
-- A table without a replica identity is published for INSERT and TRUNCATE only
-- (`integratedb_inserts`), or its own UPDATE and DELETE would fail.
create or replace function integratedb.publication_plan()
returns table (relation oid, schema_name name, table_name name, action text, statement text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with wanted as (
    select
      t.relation,
      case p.identity when 'none' then 'integratedb_inserts' else 'integratedb' end as publication
    from integratedb.live_tables t
    cross join lateral integratedb.publishing(t.relation) p
    where t.is_heard and t.relation is not null and p.obstacle is null
  ),
  held as (
    select r.prrelid as relation, p.pubname::text as publication
    from pg_publication p
    join pg_publication_rel r on r.prpubid = p.oid
    where p.pubname in ('integratedb', 'integratedb_inserts')
  ),
  step as (
    select h.relation, h.publication, 'drop' as action from held h
    where (h.relation, h.publication) not in (select w.relation, w.publication from wanted w)
    union all
    select w.relation, w.publication, 'add' from wanted w
    where (w.relation, w.publication) not in (select h.relation, h.publication from held h)
  )
  select
    s.relation, n.nspname, c.relname, s.action,
    format('alter publication %I %s table only %I.%I', s.publication, s.action, n.nspname, c.relname)
  from step s
  join pg_class c on c.oid = s.relation
  join pg_namespace n on n.oid = c.relnamespace
  order by s.action desc, n.nspname, c.relname
$$;
