-- Of each of these types, the schema of the operators that it is ordered by: pg_catalog, or
-- where the extension of the type is. A domain is ordered as what is beneath it.
with recursive beneath (no, type, further) as (
  select u.no, t.oid, t.typbasetype
  from unnest($1::oid[]) with ordinality u (type, no)
  join pg_catalog.pg_type t on t.oid = u.type
  union all
  select b.no, t.oid, t.typbasetype
  from beneath b
  join pg_catalog.pg_type t on t.oid = b.further
)
select coalesce(o.nspname, 'pg_catalog')::text
from beneath b
left join lateral (
  select n.nspname
  from pg_catalog.pg_opclass c
  join pg_catalog.pg_am m on m.oid = c.opcmethod and m.amname = 'btree'
  join pg_catalog.pg_amop g
    on g.amopfamily = c.opcfamily and g.amoplefttype = b.type and g.amoprighttype = b.type and g.amopstrategy = 5
  join pg_catalog.pg_operator p on p.oid = g.amopopr
  join pg_catalog.pg_namespace n on n.oid = p.oprnamespace
  where c.opcintype = b.type and c.opcdefault
) o on true
where b.further = 0
order by b.no
