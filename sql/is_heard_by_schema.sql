-- Whether a table is there because its notification listens to `schema.*`.
create or replace function integratedb.is_heard_by_schema(claimed integratedb.claimed_tables)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select
    from integratedb.claims c
    join integratedb.claimed_tables whole on whole.claim_id = c.id and whole.alternative_no = claimed.alternative_no
    join integratedb.watched_tables w on w.id = whole.watched_id and w.table_name = ''
    where c.id = claimed.claim_id and c.kind = 'notifications'
  )
$$;
