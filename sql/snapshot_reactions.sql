-- What happens by itself on tables and views: triggers, rules and the policies
-- of row level security.
create or replace view integratedb.snapshot_reactions as
with relation as (
  select c.oid, format('%I.%I', s.name, c.relname) as path
  from pg_catalog.pg_class c
  join integratedb.snapshot_schemas s on s.schema = c.relnamespace
  where ('pg_catalog.pg_class'::regclass, c.oid) not in (
    select m.classid, m.objid from integratedb.snapshot_made_by_others m
  )
)
select 'trigger' as kind, format('%I on %s', t.tgname, r.path) as name,
  pg_get_triggerdef(t.oid)
    || case t.tgenabled
      when 'O' then ''
      else format(
        E';\nalter table %s %s trigger %I', r.path,
        case t.tgenabled when 'D' then 'disable' when 'A' then 'enable always' else 'enable replica' end, t.tgname
      )
    end as sql
from pg_catalog.pg_trigger t
join relation r on r.oid = t.tgrelid
where not t.tgisinternal and t.tgparentid = 0
union all
select 'rule', format('%I on %s', u.rulename, r.path), rtrim(pg_get_ruledef(u.oid), ';')
from pg_catalog.pg_rewrite u
join relation r on r.oid = u.ev_class
where u.rulename <> '_RETURN'
union all
select 'policy', format('%I on %s', p.polname, r.path),
  format(
    'create policy %I on %s as %s for %s to %s', p.polname, r.path,
    case when p.polpermissive then 'permissive' else 'restrictive' end,
    case p.polcmd
      when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all'
    end,
    case
      when 0 = any (p.polroles) then 'public'
      else (
        select string_agg(format('%I', o.rolname), ', ' order by o.rolname)
        from pg_catalog.pg_roles o where o.oid = any (p.polroles)
      )
    end
  )
    || coalesce(E'\n  using (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
    || coalesce(E'\n  with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
from pg_catalog.pg_policy p
join relation r on r.oid = p.polrelid;
