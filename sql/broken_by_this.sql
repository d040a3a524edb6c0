-- The claims, among those that name one of these watched tables, that are unmet because
-- of this transaction: something that they need held before it and doesn't now. Others
-- are unmet as they were, or less.
--
-- What is at fault was so before if that is known (known_faults): the same property as it
-- is found now, or of a shorter length; of a column that was gone, or in a table that was
-- gone, anything. And where nobody has looked: a column of a built-in type was as it is if
-- this transaction holds no lock on its table that a change takes, and its schema was
-- called so before any transaction that runs now.
create or replace function integratedb.broken_by_this(watched bigint[])
returns table (claim_id bigint)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  with fault as materialized (
    select u.*, t.relation, t.schema
    from integratedb.unmet(watched) u
    join integratedb.live_tables t on t.watched_id = u.watched_id
  ),
  held as materialized (
    select l.relation
    from pg_locks l
    join pg_database d on d.oid = l.database and d.datname = current_database()
    where l.pid = pg_backend_pid()
      and l.locktype = 'relation'
      and l.mode not in ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
  )
  select distinct f.claim_id
  from fault f
  where not exists (
      select from integratedb.known_faults k
      where k.claim_id = f.claim_id
        and k.claimed_table_id = f.claimed_table_id
        and (
          k.property = 'path'
          or (k.field_no, k.field_alternative_no, k.column_name)
              is not distinct from (f.field_no, f.field_alternative_no, f.column_name)
            and case
              when k.property = 'name' then true
              when k.property <> f.property then false
              when k.property = 'min_length' then f.found::bigint >= k.found::bigint
              else f.found is not distinct from k.found
            end
        )
    )
    and not (
      f.property in ('name', 'type', 'min_length', 'is_nullable')
      and f.relation not in (select h.relation from held h)
      and exists (
        select from pg_namespace n
        where n.oid = f.schema and age(n.xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid)
      )
      and not exists (
        select from pg_attribute a
        where a.attrelid = f.relation
          and a.attname = f.column_name
          and not a.attisdropped
          and a.atttypid >= 16384
      )
    );
end
$$;
