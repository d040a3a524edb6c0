-- Views, and materialized views without what is in them.
create or replace view integratedb.snapshot_views as
select
  case c.relkind when 'v' then 'view' else 'materialized view' end as kind,
  format('%I.%I', s.name, c.relname) as name,
  format(
    E'create %s %I.%I%s as\n%s%s',
    case c.relkind when 'v' then 'view' else 'materialized view' end,
    s.name, c.relname,
    coalesce((
      select ' with (' || string_agg(format('%s = %L', o.option_name, o.option_value), ', ' order by o.option_name) || ')'
      from pg_options_to_table(c.reloptions) o
    ), ''),
    rtrim(pg_get_viewdef(c.oid), ';'),
    case c.relkind when 'm' then E'\nwith no data' else '' end
  ) as sql
from pg_catalog.pg_class c
join integratedb.snapshot_schemas s on s.schema = c.relnamespace
where c.relkind in ('v', 'm')
  and ('pg_catalog.pg_class'::regclass, c.oid) not in (
    select m.classid, m.objid from integratedb.snapshot_made_by_others m
  );
