-- The SQL after which updates and deletes of a table tell all of the row before. What
-- a partitioned table is given, its partitions don't have by themselves.
create or replace function integratedb.identity_remedy(of_schema name, of_table name)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select string_agg(
    format('ALTER TABLE %I.%I REPLICA IDENTITY FULL;', n.nspname, c.relname), ' '
    order by part.level, n.nspname, c.relname
  )
  from pg_class heard
  join pg_namespace s on s.oid = heard.relnamespace and s.nspname = of_schema
  cross join lateral (
    select heard.oid as relation, 0 as level
    union
    select p.relid, p.level from pg_partition_tree(heard.oid) p where p.isleaf
  ) part
  join pg_class c on c.oid = part.relation and c.relreplident <> 'f'
  join pg_namespace n on n.oid = c.relnamespace
  where heard.relname = of_table and heard.relkind in ('r', 'p')
$$;
