-- What others may use with the rights of the connected role and is none of IntegrateDB's own,
-- each with a statement that ends it. Programs before this one made themselves the owner of
-- what stakeholders left. A superuser owns much of what Postgres itself brings.
with us as (
  select r.oid from pg_catalog.pg_roles r where r.rolname = current_user and not r.rolsuper
)
select format('ALTER ROUTINE %s SECURITY INVOKER;', p.oid::regprocedure) as remedy
from us
join pg_catalog.pg_proc p on p.proowner = us.oid
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where p.prosecdef
  and n.nspname <> 'integratedb'
  and not (n.nspname = 'public' and p.proname like 'integratedb\_%')
union all
select format(
  'ALTER %s %s OWNER TO …; -- somebody who may read no more than it is to show',
  case c.relkind when 'm' then 'MATERIALIZED VIEW' else 'VIEW' end, c.oid::regclass
)
from us
join pg_catalog.pg_class c on c.relowner = us.oid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('v', 'm')
  and n.nspname <> 'integratedb'
order by 1
