-- How a relation can be published for logical replication, one row.
--
--   obstacle  why it can't be at all; null: it can
--   identity  what its updates and deletes tell of the row before: none (they would
--             fail while it is published), key, full, or mixed: of a partitioned
--             table that is said to tell all, though some partitions tell their keys
--   key       the columns of that key
--
-- Of a partitioned table: what all its partitions have; and it speaks for them, so a
-- partition can't be heard by itself. Source: PostgreSQL's
-- documentation, "Publication" and CREATE PUBLICATION.
create or replace function integratedb.publishing(relation oid)
returns table (obstacle text, identity text, key name[])
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with leaf as (
    select c.relreplident, i.indexrelid
    from (
      select relation as oid
      where not exists (select from pg_partition_tree(relation) p where p.isleaf)
      union all
      select p.relid from pg_partition_tree(relation) p where p.isleaf
    ) l
    join pg_class c on c.oid = l.oid
    left join pg_index i
      on i.indrelid = c.oid
      and i.indisvalid
      and i.indimmediate
      and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident end
  )
  select
    case
      when c.relkind = 'v' then 'it is a view'
      when c.relkind = 'm' then 'it is a materialized view'
      when c.relkind = 'f' then 'it is a foreign table'
      when c.relpersistence <> 'p' then 'it is unlogged'
      when c.relispartition then (
        select format('it is a partition of %I.%I, whose events tell of it', n.nspname, r.relname)
        from pg_class r
        join pg_namespace n on n.oid = r.relnamespace
        where r.oid = pg_partition_root(c.oid)
      )
      when c.relrowsecurity then 'row level security is in force on it, and changes can''t be held against its policies'
    end,
    (
      select case
        when not bool_and(l.relreplident = 'f' or l.indexrelid is not null) then 'none'
        when c.relreplident <> 'f' then 'key'
        when bool_and(l.relreplident = 'f') then 'full'
        else 'mixed'
      end
      from leaf l
    ),
    array(
      select a.attname
      from pg_index i
      cross join unnest(i.indkey::smallint[]) with ordinality k (attnum, no)
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
      where i.indrelid = c.oid
        and i.indisvalid
        and i.indimmediate
        and k.no <= i.indnkeyatts
        and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident end
      order by a.attnum
    )
  from pg_class c
  where c.oid = relation
$$;
