-- Keeps how a table looks: pgoutput's message about it, and beneath each of its
-- columns' types the built-in one, if it is a domain. Answers its id, the same for
-- the same shape, and those types.
create or replace function integratedb.keep_shape(relation_message bytea, types oid[])
returns table (id bigint, base_types oid[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  resolved oid[];
begin
  with recursive step as (
    select c.no, c.type, 0 as depth from unnest(types) with ordinality c (type, no)
    union all
    select s.no, t.typbasetype, s.depth + 1
    from step s
    join pg_type t on t.oid = s.type and t.typtype = 'd'
  )
  select array_agg(last.type order by last.no) into resolved
  from (select distinct on (s.no) s.no, s.type from step s order by s.no, s.depth desc) last;

  return query
  insert into integratedb.log_shapes as s (hash, message, base_types)
  values (
    sha256(relation_message || array_send(coalesce(resolved, '{}'))), relation_message, coalesce(resolved, '{}')
  )
  on conflict on constraint log_shapes_hash_key do update set message = excluded.message
  returning s.id, s.base_types;
end
$$;
