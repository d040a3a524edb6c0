-- Tells a stakeholder, if it wants to know, that nobody takes what one of its webhooks
-- sends: once until somebody does again, and once an hour at most, since this event may
-- be the next that isn't taken.
create or replace function integratedb.alert_dead_webhook(channel bigint, why text)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  with told as (
    update integratedb.channels c
    set death_told_at = now()
    where c.id = channel
      and (
        c.death_told_at is null
        or c.death_told_at < c.delivered_at and c.death_told_at < now() - interval '1 hour'
      )
      and c.stakeholder_id in (select w from integratedb.wanted_alerts('webhook_dead') w)
    returning c.*
  )
  select integratedb.leave_alert(
    t.stakeholder_id,
    'webhook_dead',
    jsonb_build_object(
      'message', format('The webhook %s doesn''t take what it is sent.', t.name),
      'advice', 'What was given up is among the dead letters, and can be replayed. What waits goes out as soon as the endpoint takes something again.',
      'channel', t.name,
      'error', why,
      'delivered_at', integratedb.rfc3339(t.delivered_at)
    )
  )
  from told t
$$;
