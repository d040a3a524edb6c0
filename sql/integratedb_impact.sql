-- Who depends on a schema, a table or a column, and what its removal would do: what
-- integratedb.impact() answers, for everybody.
drop function if exists public.integratedb_impact(text); -- which had another result
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
