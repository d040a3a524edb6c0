-- Tables with their columns and checks, partitioned, inheriting and foreign ones
-- included; and which partition goes where.
create or replace view integratedb.snapshot_tables as
with relation as (
  select c.*, format('%I.%I', s.name, c.relname) as path
  from pg_catalog.pg_class c
  join integratedb.snapshot_schemas s on s.schema = c.relnamespace
  where c.relkind in ('r', 'p', 'f')
    and ('pg_catalog.pg_class'::regclass, c.oid) not in (
      select m.classid, m.objid from integratedb.snapshot_made_by_others m
    )
),
part as (
  select i.inhrelid as child, i.inhseqno, p.oid as parent, p.relkind as parent_kind, p.path
  from pg_catalog.pg_inherits i
  join relation p on p.oid = i.inhparent
)
select
  case c.relkind when 'f' then 'foreign table' else 'table' end as kind,
  c.path as name,
  format(
    'create %stable %s (%s)',
    case when c.relkind = 'f' then 'foreign ' when c.relpersistence = 'u' then 'unlogged ' else '' end,
    c.path,
    coalesce((
      select string_agg(E'\n  ' || line.definition, ',' order by line.is_check, line.attnum, line.definition) || E'\n'
      from (
        select false as is_check, a.attnum, a.definition
        from integratedb.snapshot_columns a
        where a.relation = c.oid and (a.is_local or c.relispartition)
        union all
        select true, 0, format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid))
        from pg_catalog.pg_constraint k
        where k.conrelid = c.oid and k.contype = 'c' and (k.conislocal or c.relispartition)
          and (k.convalidated or pg_get_constraintdef(k.oid) ~ 'NOT ENFORCED')
      ) line
    ), '')
  )
    || coalesce((
      select ' inherits (' || string_agg(p.path, ', ' order by p.inhseqno) || ')'
      from part p where p.child = c.oid and not c.relispartition
    ), '')
    || coalesce(' partition by ' || pg_get_partkeydef(c.oid), '')
    || coalesce((
      select ' server ' || quote_ident(v.srvname)
      from pg_catalog.pg_foreign_table f
      join pg_catalog.pg_foreign_server v on v.oid = f.ftserver
      where f.ftrelid = c.oid
    ), '')
    || coalesce((
      select ' with (' || string_agg(format('%s = %L', o.option_name, o.option_value), ', ' order by o.option_name) || ')'
      from pg_options_to_table(c.reloptions) o
    ), '')
    || coalesce((
      select string_agg(
        format(E';\nalter table only %s alter column %I set default %s', c.path, a.name, a.default_value), '' order by a.attnum
      )
      from integratedb.snapshot_columns a
      where a.relation = c.oid and not a.is_local and not c.relispartition and a.default_value is not null
    ), '')
    || case when c.relrowsecurity then format(E';\nalter table %s enable row level security', c.path) else '' end
    || case when c.relforcerowsecurity then format(E';\nalter table %s force row level security', c.path) else '' end
  as sql
from relation c
union all
select 'partition', c.path,
  format('alter table %s attach partition %s %s', p.path, c.path, pg_get_expr(c.relpartbound, c.oid))
from relation c
join part p on p.child = c.oid
where c.relispartition;
