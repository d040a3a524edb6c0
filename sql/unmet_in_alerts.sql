-- What alerts say of unmet claims: of each of these stakeholders, those that name one of
-- these watched tables and are among these claims. The first twenty of each, with their
-- first twenty faults, and how many there are.
create or replace function integratedb.unmet_in_alerts(stakeholders bigint[], watched bigint[], only_claims bigint[])
returns table (stakeholder_id bigint, claims jsonb, total bigint)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    u.stakeholder_id,
    jsonb_agg(
      jsonb_build_object(
        'id', u.claim_id,
        'document', u.kind,
        'match', u.match_no,
        'path', u.path,
        'problem', u.problem,
        'faults', jsonb_path_query_array(u.faults, '$[0 to 19]')
      )
      order by u.nth
    ) filter (where u.nth <= 20),
    count(*)
  from (
    select d.*, c.kind, c.match_no, row_number() over (partition by d.stakeholder_id order by c.kind, c.match_no) as nth
    from integratedb.describe_unmet(watched, null) d
    join integratedb.claims c on c.id = d.claim_id
    where d.stakeholder_id = any (stakeholders)
      and d.claim_id = any (only_claims)
  ) u
  group by u.stakeholder_id
$$;
