-- The names by which a document may call a domain or a user-defined type, with
-- and without its schema: {mood, public.mood}, {mood[], public.mood[]}.
create or replace function integratedb.names_of_type(type oid)
returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array[
    n.nspname || '.' || element.typname || suffix,
    format_type(type, null)
  ] || case
    -- A built-in type's name, or what information_schema says, stays theirs.
    when not exists (
      select from pg_type b
      where b.typnamespace = 'pg_catalog'::regnamespace
        and format_type(b.oid, null) = element.typname || suffix
    ) and element.typname not in ('ARRAY', 'USER-DEFINED')
      then array[element.typname || suffix]
  end
  from pg_type t
  cross join lateral (
    select
      case when t.typelem <> 0 and t.typlen = -1 then t.typelem else t.oid end as oid,
      case when t.typelem <> 0 and t.typlen = -1 then '[]' else '' end as suffix
  ) part
  join pg_type element on element.oid = part.oid
  join pg_namespace n on n.oid = element.typnamespace
  where t.oid = type
$$;
