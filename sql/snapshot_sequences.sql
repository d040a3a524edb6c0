-- Sequences, apart from those that stand behind identity columns; and which
-- column each belongs to.
create or replace view integratedb.snapshot_sequences as
with sequence as (
  select c.oid, o.path, format_type(q.seqtypid, null) as type, o.options
  from pg_catalog.pg_class c
  join pg_catalog.pg_sequence q on q.seqrelid = c.oid
  join integratedb.snapshot_schemas s on s.schema = c.relnamespace
  join integratedb.snapshot_sequence_options o on o.sequence = c.oid
  where not exists (
    select
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype in ('i', 'e')
  )
)
select 'sequence' as kind, s.path as name, rtrim(format('create sequence %s as %s %s', s.path, s.type, s.options)) as sql
from sequence s
union all
select 'sequence owner', s.path,
  format('alter sequence %s owned by %I.%I.%I', s.path, n.nspname, c.relname, a.attname)
from sequence s
join pg_catalog.pg_depend d
  on d.classid = 'pg_catalog.pg_class'::regclass and d.objid = s.oid
  and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjsubid > 0
  and d.deptype = 'a'
join pg_catalog.pg_class c on c.oid = d.refobjid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid;
