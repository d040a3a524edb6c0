-- Raises what a refused migration prints: P0001 `IntegrateDB.InvalidMigration`.
-- Its DETAIL names the first `max_results` unmet claims (1 at least), by table,
-- those with the same complaint in one line; then the ways out; and ends with the
-- claims as JSON after `JSON: `.
--
-- Some tools show nothing of it, so it also leaves a line in the server's log, and
-- counts in two sequences, which no rollback takes back.
create or replace function integratedb.refuse_migration(watched bigint[], max_results integer)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  total bigint;
  headline text;
  complaints text;
  in_one_line text;
  ways_out text;
  claims jsonb;
begin
  with unmet as materialized (
    select u.* from integratedb.describe_unmet(watched, greatest(max_results, 1)) u
  ),
  complaint as (
    select
      u.path, u.complaint, u.alternatives = 1 as is_only_choice,
      count(*) as claims, array_agg(distinct u.stakeholder) as stakeholders
    from unmet u
    group by u.path, u.complaint, u.alternatives = 1
  ),
  affected as (
    select
      c.path,
      sum(c.claims) as claims,
      string_agg(
        '  ' || integratedb.names_in_words(c.stakeholders)
          || case
            when c.is_only_choice and cardinality(c.stakeholders) = 1 then ' needs '
            when c.is_only_choice then ' need '
            when cardinality(c.stakeholders) = 1 then ' has no alternative left: it needs '
            else ' have no alternative left: they need '
          end
          || c.complaint,
        E'\n' order by c.stakeholders, c.complaint
      ) as lines
    from complaint c
    group by c.path
  )
  select
    (select max(u.total) from unmet u),
    (
      select string_agg(
        case when (select max(u.total) from unmet u) = 1 then a.path
          else format('%s (%s)', a.path, case a.claims when 1 then '1 claim' else a.claims || ' claims' end)
        end || E'\n' || a.lines,
        E'\n' order by a.path
      )
      from affected a
    ),
    (select string_agg(u.problem, '. ' order by u.path, u.stakeholder, u.claim_id) from (select * from unmet limit 5) u),
    (select integratedb.ways_out(u.stakeholder, u.faults -> 0) from unmet u limit 1),
    (
      select jsonb_agg(
        jsonb_build_object('claim_id', u.claim_id, 'stakeholder', u.stakeholder, 'faults', u.faults)
        order by u.path, u.stakeholder, u.claim_id
      )
      from unmet u
    )
  into total, complaints, in_one_line, ways_out, claims;

  headline := case total when 1 then '1 claim' else total || ' claims' end || ' would be unmet';
  if not current_setting('transaction_read_only')::boolean then
    perform nextval('integratedb.refusals'),
      setval('integratedb.refused_at', (extract(epoch from clock_timestamp()) * 1000000)::bigint);
    perform integratedb.alert_refusal(watched, claims);
  end if;
  raise log '%', regexp_replace(
    format(
      'IntegrateDB.InvalidMigration: refused the migration of role %s, application "%s": %s: %s%s',
      session_user, current_setting('application_name'), headline, in_one_line,
      case when total > 5 then format('. And %s more', total - 5) else '' end
    ),
    '\s+', ' ', 'g'
  );

  raise exception 'IntegrateDB.InvalidMigration'
    using
      errcode = 'P0001',
      detail = concat(
        headline, E':\n', complaints,
        case when total > jsonb_array_length(claims)
          then format(E'\n… and %s more', total - jsonb_array_length(claims))
        end,
        E'\n\n', ways_out, E'\nJSON: ', claims
      ),
      hint = 'Please resolve the unmet claims above. Keep what they need until their stakeholders have moved on.';
end
$$;
