-- Types that are made by name: enums, domains, composites and ranges.
create or replace view integratedb.snapshot_types as
with type as (
  select t.*, format('%I.%I', s.name, t.typname) as path
  from pg_catalog.pg_type t
  join integratedb.snapshot_schemas s on s.schema = t.typnamespace
  where ('pg_catalog.pg_type'::regclass, t.oid) not in (
    select m.classid, m.objid from integratedb.snapshot_made_by_others m
  )
)
select 'type' as kind, t.path as name,
  format(
    E'create type %s as enum (%s\n)', t.path,
    (
      select string_agg(E'\n  ' || quote_literal(e.enumlabel), ',' order by e.enumsortorder)
      from pg_catalog.pg_enum e where e.enumtypid = t.oid
    )
  ) as sql
from type t
where t.typtype = 'e'
union all
select 'type', t.path,
  format(
    E'create type %s as (%s\n)', t.path,
    (
      select string_agg(
        E'\n  ' || format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
          || case when a.attcollation <> b.typcollation then ' collate ' || a.attcollation::regcollation else '' end,
        ',' order by a.attnum
      )
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type b on b.oid = a.atttypid
      where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    )
  )
from type t
join pg_catalog.pg_class c on c.oid = t.typrelid and c.relkind = 'c'
where t.typtype = 'c'
union all
select 'type', t.path,
  format(
    'create type %s as range (%s)', t.path,
    concat_ws(
      ', ',
      'subtype = ' || format_type(r.rngsubtype, null),
      (
        select format('subtype_opclass = %I.%I', n.nspname, o.opcname)
        from pg_catalog.pg_opclass o
        join pg_catalog.pg_namespace n on n.oid = o.opcnamespace
        where o.oid = r.rngsubopc and not o.opcdefault
      ),
      'collation = ' || (
        select r.rngcollation::regcollation::text
        from pg_catalog.pg_type b
        where b.oid = r.rngsubtype and r.rngcollation <> b.typcollation
      ),
      'canonical = ' || nullif(r.rngcanonical::oid, 0)::regproc,
      'subtype_diff = ' || nullif(r.rngsubdiff::oid, 0)::regproc,
      (
        select format('multirange_type_name = %I.%I', n.nspname, m.typname)
        from pg_catalog.pg_type m
        join pg_catalog.pg_namespace n on n.oid = m.typnamespace
        where m.oid = r.rngmultitypid
      )
    )
  )
from type t
join pg_catalog.pg_range r on r.rngtypid = t.oid
where t.typtype = 'r'
union all
select 'domain', t.path,
  format('create domain %s as %s', t.path, format_type(t.typbasetype, t.typtypmod))
    || case when t.typcollation <> b.typcollation then ' collate ' || t.typcollation::regcollation else '' end
    || coalesce(' default ' || coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault), '')
    || case when t.typnotnull then ' not null' else '' end
    || coalesce(checks.inline, '')
    || coalesce(checks.later, '')
from type t
join pg_catalog.pg_type b on b.oid = t.typbasetype
cross join lateral (
  select
    string_agg(format(E'\n  constraint %I %s', c.conname, pg_get_constraintdef(c.oid)), '' order by c.conname)
      filter (where c.convalidated) as inline,
    string_agg(format(E';\nalter domain %s add constraint %I %s', t.path, c.conname, pg_get_constraintdef(c.oid)), ''
      order by c.conname)
      filter (where not c.convalidated) as later
  from pg_catalog.pg_constraint c
  where c.contypid = t.oid and c.contype = 'c'
) checks
where t.typtype = 'd';
