-- Tells stakeholders, if they want to know, that a credential of theirs is about to
-- expire: seven days ahead and one day ahead, once each. Answers how many were told.
create or replace function integratedb.alert_expiring()
returns bigint
language sql
set search_path = pg_catalog, pg_temp
as $$
  with credential as (
    select t.stakeholder_id, 'token' as kind, t.id, t.name, t.expires_at
    from integratedb.tokens t
    union all
    select k.stakeholder_id, 'key', k.id, k.name, k.expires_at
    from integratedb.keys k
  ),
  forgotten as (
    delete from integratedb.expiries_told t where t.expires_at < now()
  ),
  told as (
    insert into integratedb.expiries_told (kind, credential_id, expires_at, days)
    select c.kind, c.id, c.expires_at, case when c.expires_at <= now() + interval '1 day' then 1 else 7 end
    from credential c
    where c.expires_at > now()
      and c.expires_at <= now() + interval '7 days'
      and c.stakeholder_id in (select w from integratedb.wanted_alerts('credential_expiring') w)
    on conflict on constraint expiries_told_pkey do nothing
    returning *
  ),
  alert as (
    select integratedb.leave_alert(
      c.stakeholder_id,
      'credential_expiring',
      jsonb_build_object(
        'message', format('The %s %s expires on %s.', c.kind, c.name, to_char(c.expires_at at time zone 'UTC', 'YYYY-MM-DD at HH24:MI "UTC"')),
        'advice', 'Issue another one, put it in place of this one, and revoke this one.',
        'credential', jsonb_build_object('kind', c.kind, 'id', c.id, 'name', c.name),
        'expires_at', to_char(c.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
      )
    )
    from told t
    join credential c on c.kind = t.kind and c.id = t.credential_id
  )
  select count(*) from alert
$$;
