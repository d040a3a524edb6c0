-- What a document may claim: tables, partitioned tables, views, materialized views and
-- foreign tables with their columns, by schema and name. Only those of a schema, and
-- only those whose `schema.table` contains a text (null: all). Partitions come last,
-- since their parent stands for them.
drop function if exists integratedb.relations(text, text, bigint);
create or replace function integratedb.relations(schema_asked text, search text, most bigint)
returns table (schema text, name text, kind text, columns jsonb)
language sql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select
    r.schema::text, r.name::text, r.kind,
    (
      select coalesce(jsonb_agg(jsonb_build_object(
        'name', a.column_name, 'type', a.type_name, 'is_nullable', a.is_nullable
      ) order by a.attnum), '[]')
      from integratedb.live_attributes a
      where a.relation = r.relation
    )
  from (
    select
      c.oid as relation, n.nspname as schema, c.relname as name, c.relispartition as is_partition,
      case c.relkind
        when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
        when 'p' then 'partitioned table' else 'table'
      end as kind
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname not in ('integratedb', 'information_schema')
      and not starts_with(n.nspname, 'pg_')
      and coalesce(n.nspname = schema_asked, true)
      and coalesce(position(lower(search) in lower(n.nspname || '.' || c.relname)) > 0, true)
    order by c.relispartition, n.nspname, c.relname
    limit most
  ) r
  order by r.is_partition, r.schema, r.name
$$;
