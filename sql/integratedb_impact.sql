-- Who depends on a schema, a table or a column, and what its removal would do: what
-- integratedb.impact() answers, for everybody.
do $$
begin
  -- One with another result can't be replaced. Any other keeps who may execute it, and the
  -- views that somebody has made of it.
  if exists (
    select from pg_catalog.pg_proc p
    where p.oid = to_regprocedure('public.integratedb_impact(text)')
      and 'document' <> all (p.proargnames)
  ) then
    drop function public.integratedb_impact(text);
  end if;
end
$$;
create or replace function public.integratedb_impact(path text)
returns table (
  stakeholder text,
  claim_id bigint,
  "table" text,
  columns text[],
  need text,
  alternatives text[],
  would_break boolean,
  since timestamptz,
  document text
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select
    i.stakeholder, i.claim_id, i."table", i.columns, i.need, i.alternatives, i.would_break, i.since, i.document
  from integratedb.impact(path) i
$$;
