-- Notes which claims have become unmet and which are met again, of those stakeholders
-- that want alerts, and tells them; or only notes it (`is_quiet`). Whoever calls it has
-- the fence. Of a migration that overrides the gate: for which reason, and which claims it
-- broke, also such as were unmet already for something else.
drop function if exists integratedb.note_unmet(bigint[], text, boolean);
create or replace function integratedb.note_unmet(
  stakeholders bigint[], override_reason text default null, overridden bigint[] default '{}',
  is_quiet boolean default false
)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  broken bigint[];
  mended bigint[];
  watched bigint[];
begin
  select
    coalesce(array_agg(n.claim_id) filter (where n.is_unmet), '{}'),
    coalesce(array_agg(n.claim_id) filter (where not n.is_unmet), '{}')
  into broken, mended
  from integratedb.unnoted_claims(stakeholders) n;
  if broken = '{}' and mended = '{}' and overridden = '{}' then
    return;
  end if;
  update integratedb.claims c
  set unmet_since = case when c.id = any (broken) then now() end
  where c.id = any (broken || mended);
  if is_quiet then
    return;
  end if;

  watched := array(
    select distinct ct.watched_id from integratedb.claimed_tables ct where ct.claim_id = any (broken || overridden)
  );
  perform integratedb.leave_alert(
    u.stakeholder_id,
    kind.kind,
    jsonb_strip_nulls(jsonb_build_object(
      'message', format(
        kind.message,
        case u.total when 1 then 'A claim of yours is unmet' else u.total || ' of your claims are unmet' end, session_user
      ),
      'advice', 'What is missing is gone from the database: change what you read, and your document, or have it restored.',
      'role', case kind.kind when 'overridden' then session_user end,
      'reason', case kind.kind when 'overridden' then override_reason end,
      'total', u.total
    )) || jsonb_build_object('claims', u.claims)
  )
  from (
    values
      ('overridden', '%s, since a migration of the role %s was let through.', overridden),
      ('claim_unmet', '%s.', broken)
  ) kind (kind, message, claims)
  cross join lateral integratedb.unmet_in_alerts(stakeholders, watched, kind.claims) u
  where u.stakeholder_id in (select w from integratedb.wanted_alerts(kind.kind) w);

  perform integratedb.leave_alert(
    m.stakeholder_id,
    'claim_met',
    jsonb_build_object(
      'message', case count(*) when 1 then 'A claim of yours is met again.' else count(*) || ' of your claims are met again.' end,
      'claims', jsonb_agg(
        jsonb_build_object('id', m.id, 'document', m.kind, 'match', m.match_no) order by m.nth
      ) filter (where m.nth <= 20),
      'total', count(*)
    )
  )
  from (
    select c.*, row_number() over (partition by c.stakeholder_id order by c.kind, c.match_no) as nth
    from integratedb.claims c
    where c.id = any (mended)
      and c.stakeholder_id in (select w from integratedb.wanted_alerts('claim_met') w)
  ) m
  group by m.stakeholder_id;
end
$$;
