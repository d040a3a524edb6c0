-- What became of the last migrations, the newest first; see enter_in_journal.sql.
create or replace function public.integratedb_journal(max_results integer default 100)
returns table (
  id bigint,
  at timestamptz,
  kind text,
  by_gate boolean,
  by_role text,
  tables text[],
  commands jsonb,
  grants jsonb,
  reason text,
  unmet jsonb
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select j.id, j.at, j.kind, j.by_gate, j.by_role::text, j.tables, j.commands, j.grants, j.reason, j.unmet
  from integratedb.journal j
  order by j.id desc
  limit max_results
$$;
