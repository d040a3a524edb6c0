-- Tells stakeholders, if they want to know, that a credential of theirs is about to
-- expire: seven days ahead and one day ahead, once each, unless it was issued for no
-- longer than that. Answers how many were told.
create or replace function integratedb.alert_expiring()
returns bigint
language sql
set search_path = pg_catalog, pg_temp
as $$
  with credential as (
    select t.stakeholder_id, 'token' as kind, t.id, t.name, t.inserted_at, t.expires_at
    from integratedb.tokens t
    union all
    select k.stakeholder_id, 'key', k.id, k.name, k.inserted_at, k.expires_at
    from integratedb.keys k
    union all
    select l.stakeholder_id, 'login', l.id, l.name, l.inserted_at, l.expires_at
    from integratedb.credentials l
    where l.revoked_at is null
  ),
  forgotten as (
    delete from integratedb.expiries_told t where t.expires_at < now()
  ),
  told as (
    insert into integratedb.expiries_told (kind, credential_id, expires_at, days)
    select c.kind, c.id, c.expires_at, ahead.days
    from credential c
    cross join lateral (
      select case when c.expires_at <= now() + interval '1 day' then 1 else 7 end as days
    ) ahead
    where c.expires_at > now()
      and c.expires_at <= now() + make_interval(days => ahead.days)
      and c.expires_at > c.inserted_at + make_interval(days => ahead.days)
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
        'expires_at', integratedb.rfc3339(c.expires_at)
      )
    )
    from told t
    join credential c on c.kind = t.kind and c.id = t.credential_id
  )
  select count(*) from alert
$$;
