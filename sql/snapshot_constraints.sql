-- Keys, exclusions, foreign keys and what checks aren't yet valid; indexes, and
-- which index of a partition goes with which of its parent; extended statistics.
create or replace view integratedb.snapshot_constraints as
with relation as (
  select c.oid, c.relispartition, format('%I.%I', s.name, c.relname) as path
  from pg_catalog.pg_class c
  join integratedb.snapshot_schemas s on s.schema = c.relnamespace
  where c.relkind in ('r', 'p', 'm', 'f')
    and ('pg_catalog.pg_class'::regclass, c.oid) not in (
      select m.classid, m.objid from integratedb.snapshot_made_by_others m
    )
)
select
  case k.contype when 'f' then 'foreign key' else 'constraint' end as kind,
  format('%I on %s', k.conname, r.path) as name,
  format(
    'alter table %s%s add constraint %I %s',
    -- A foreign key of a partitioned table is one of all its partitions.
    case when k.contype in ('p', 'u', 'x') then 'only ' else '' end, r.path, k.conname, pg_get_constraintdef(k.oid)
  ) as sql
from pg_catalog.pg_constraint k
join relation r on r.oid = k.conrelid
where k.contype in ('p', 'u', 'x')
  or (k.contype = 'f' and k.conparentid = 0)
  or (
    k.contype = 'c' and not k.convalidated and k.conislocal
    and pg_get_constraintdef(k.oid) !~ 'NOT ENFORCED'
  )
union all
select 'index', format('%I.%I', n.nspname, i.relname), pg_get_indexdef(i.oid)
from pg_catalog.pg_index x
join pg_catalog.pg_class i on i.oid = x.indexrelid
join pg_catalog.pg_namespace n on n.oid = i.relnamespace
join relation r on r.oid = x.indrelid
where not exists (
  select from pg_catalog.pg_constraint k where k.conindid = i.oid and k.contype in ('p', 'u', 'x')
)
union all
select 'index partition', format('%I.%I', n.nspname, i.relname),
  format('alter index %I.%I attach partition %I.%I', pn.nspname, p.relname, n.nspname, i.relname)
from pg_catalog.pg_inherits h
join pg_catalog.pg_class i on i.oid = h.inhrelid and i.relkind in ('i', 'I')
join pg_catalog.pg_namespace n on n.oid = i.relnamespace
join pg_catalog.pg_class p on p.oid = h.inhparent
join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
join pg_catalog.pg_index x on x.indexrelid = i.oid
join relation r on r.oid = x.indrelid
union all
select 'statistics', format('%I.%I', n.nspname, e.stxname), pg_get_statisticsobjdef(e.oid)
from pg_catalog.pg_statistic_ext e
join pg_catalog.pg_namespace n on n.oid = e.stxnamespace
join relation r on r.oid = e.stxrelid;
