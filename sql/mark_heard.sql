-- Marks the watched tables that somebody listens to.
create or replace function integratedb.mark_heard()
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  with heard as (
    select distinct ct.watched_id
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    where c.kind = 'notifications'
  )
  update integratedb.watched_tables w
  set is_heard = not w.is_heard
  where w.is_heard <> exists (select from heard h where h.watched_id = w.id)
$$;
