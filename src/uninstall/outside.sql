-- What depends on an object of the schema integratedb and stands outside of it. A rule
-- stands for its view, a trigger and a default for their table.
with ours as (
  select 'pg_class'::regclass as classid, c.oid from pg_catalog.pg_class c
  where c.relnamespace = 'integratedb'::regnamespace
  union all
  select 'pg_proc'::regclass, p.oid from pg_catalog.pg_proc p
  where p.pronamespace = 'integratedb'::regnamespace
  union all
  select 'pg_type'::regclass, t.oid from pg_catalog.pg_type t
  where t.typnamespace = 'integratedb'::regnamespace
),
leaning as (
  select distinct
    case d.classid
      when 'pg_rewrite'::regclass then 'pg_class'::regclass
      when 'pg_trigger'::regclass then 'pg_class'::regclass
      when 'pg_attrdef'::regclass then 'pg_class'::regclass
      when 'pg_constraint'::regclass then 'pg_class'::regclass
      when 'pg_policy'::regclass then 'pg_class'::regclass
      else d.classid::oid
    end as classid,
    case d.classid
      when 'pg_rewrite'::regclass then (select r.ev_class from pg_catalog.pg_rewrite r where r.oid = d.objid)
      when 'pg_trigger'::regclass then (select t.tgrelid from pg_catalog.pg_trigger t where t.oid = d.objid)
      when 'pg_attrdef'::regclass then (select a.adrelid from pg_catalog.pg_attrdef a where a.oid = d.objid)
      when 'pg_constraint'::regclass then (select c.conrelid from pg_catalog.pg_constraint c where c.oid = d.objid)
      when 'pg_policy'::regclass then (select p.polrelid from pg_catalog.pg_policy p where p.oid = d.objid)
      else d.objid
    end as objid
  from pg_catalog.pg_depend d
  join ours o on o.classid = d.refclassid and o.oid = d.refobjid
  where d.deptype in ('n', 'a')
)
select pg_catalog.pg_describe_object(l.classid, l.objid, 0)
from leaning l
left join pg_catalog.pg_class c on l.classid = 'pg_class'::regclass and c.oid = l.objid
left join pg_catalog.pg_proc p on l.classid = 'pg_proc'::regclass and p.oid = l.objid
left join pg_catalog.pg_type t on l.classid = 'pg_type'::regclass and t.oid = l.objid
where coalesce(c.relnamespace, p.pronamespace, t.typnamespace, 0) <> 'integratedb'::regnamespace
  and l.classid not in ('pg_event_trigger'::regclass, 'pg_publication_rel'::regclass)
  and not (p.proname is not null and p.pronamespace = 'public'::regnamespace and p.proname like 'integratedb\_%')
  and coalesce(c.relnamespace, 0) <> 'pg_toast'::regnamespace
order by 1
