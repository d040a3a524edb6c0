-- The columns of tables as CREATE TABLE takes them. A column that only comes
-- from a parent isn't local; its default may be its own.
create or replace view integratedb.snapshot_columns as
select
  a.attrelid as relation,
  a.attnum,
  a.attname as name,
  a.attislocal as is_local,
  case a.attgenerated when '' then pg_get_expr(d.adbin, d.adrelid) end as default_value,
  format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
    || case when a.attcollation <> t.typcollation then ' collate ' || a.attcollation::regcollation else '' end
    || case
      when a.attgenerated <> '' then
        format(' generated always as (%s) %s', pg_get_expr(d.adbin, d.adrelid),
          case a.attgenerated when 's' then 'stored' else 'virtual' end)
      when a.attidentity <> '' and not c.relispartition then identity.words
      else coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
    end
    || case when a.attnotnull then coalesce(' constraint ' || not_null.name, '') || ' not null' else '' end
    || coalesce(not_null.no_inherit, '')
  as definition
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
left join lateral (
  select
    ' generated ' || case a.attidentity when 'a' then 'always' else 'by default' end || ' as identity'
      || coalesce(
        ' (' || nullif(concat_ws(
          ' ',
          case when o.path <> format('%I.%I', n.nspname, c.relname || '_' || a.attname || '_seq')
            then 'sequence name ' || o.path end,
          nullif(o.options, '')
        ), '') || ')', ''
      ) as words
  from pg_catalog.pg_depend i
  join integratedb.snapshot_sequence_options o on o.sequence = i.objid
  where i.classid = 'pg_catalog.pg_class'::regclass
    and i.refclassid = 'pg_catalog.pg_class'::regclass
    and i.refobjid = a.attrelid and i.refobjsubid = a.attnum and i.deptype = 'i'
) identity on a.attidentity <> ''
-- Since PostgreSQL 18 these have names.
left join lateral (
  select
    case when k.conname <> c.relname || '_' || a.attname || '_not_null' then format('%I', k.conname) end as name,
    case when k.connoinherit then ' no inherit' end as no_inherit
  from pg_catalog.pg_constraint k
  where k.conrelid = a.attrelid and k.contype = 'n' and k.conkey = array[a.attnum] and a.attnotnull
) not_null on true
where a.attnum > 0 and not a.attisdropped;
