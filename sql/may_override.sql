-- Whether a role may override the gate: as a member of integratedb_override, or
-- as a superuser.
create or replace function integratedb.may_override(role name)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from pg_roles r
    where r.rolname = role
      and (
        r.rolsuper
        or exists (
          select from pg_roles o
          where o.rolname = 'integratedb_override' and pg_has_role(r.oid, o.oid, 'MEMBER')
        )
      )
  )
$$;
