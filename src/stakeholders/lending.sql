-- What a role owns and others use with its rights, as Postgres describes it: functions with
-- SECURITY DEFINER, also where only triggers call them; and views, materialized views and
-- rules that touch what isn't the role's. Who may use them now doesn't matter, since others
-- may claim them tomorrow; nor whether the heir may read it all anyway. What an owner's code
-- does when Postgres itself runs it, in an index under ANALYZE or in a REFRESH, it does with
-- that owner's rights whoever looks on, and lends them to nobody.
select pg_catalog.pg_describe_object('pg_catalog.pg_proc'::regclass, p.oid, 0)
from pg_catalog.pg_proc p
where p.proowner = (select r.oid from pg_catalog.pg_roles r where r.rolname = $1::text)
  and p.prosecdef
union
select pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, c.oid, 0)
from pg_catalog.pg_class c
join pg_catalog.pg_rewrite w on w.ev_class = c.oid
join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = w.oid
join pg_catalog.pg_class touched on d.refclassid = 'pg_catalog.pg_class'::regclass and touched.oid = d.refobjid
where c.relowner = (select r.oid from pg_catalog.pg_roles r where r.rolname = $1::text)
  and touched.relowner <> c.relowner
  and not (
    w.ev_type = '1'
    and exists (
      select from pg_catalog.pg_options_to_table(c.reloptions) o
      where o.option_name = 'security_invoker' and o.option_value::boolean
    )
  )
order by 1
