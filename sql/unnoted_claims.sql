-- The claims of these stakeholders that have become unmet, or are met again, since that
-- was noted last.
create or replace function integratedb.unnoted_claims(stakeholders bigint[])
returns table (claim_id bigint, stakeholder_id bigint, is_unmet boolean)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  watched bigint[] := array(
    select distinct ct.watched_id
    from integratedb.claims c
    join integratedb.claimed_tables ct on ct.claim_id = c.id
    where c.stakeholder_id = any (stakeholders)
  );
  unmet bigint[] := array(select distinct u.claim_id from integratedb.unmet(watched) u);
begin
  return query
  select c.id, c.stakeholder_id, c.unmet_since is null
  from integratedb.claims c
  where c.stakeholder_id = any (stakeholders)
    and (c.unmet_since is null) = (c.id = any (unmet));
end
$$;
