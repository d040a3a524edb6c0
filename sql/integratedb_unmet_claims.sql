-- The claims that the current state of the database doesn't meet, a row each:
-- whose they are, and the first thing that is missing (all of them in `faults`).
create or replace function public.integratedb_unmet_claims(max_results integer default 100)
returns table (
  claim_id bigint,
  stakeholder text,
  path text,
  field text,
  property text,
  needed text,
  found text,
  problem text,
  faults jsonb
)
language sql
security definer
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
  select u.claim_id, u.stakeholder, u.path, u.field, u.property, u.needed, u.found, u.problem, u.faults
  from integratedb.describe_unmet(null, max_results) u
$$;
