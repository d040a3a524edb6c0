-- Raises what a refused migration prints: P0001 `IntegrateDB.InvalidMigration`.
-- Its DETAIL names the first `max_results` claims that it would break (1 at least), by
-- table, those with the same complaint in one line; then the ways out; and ends with the
-- claims as JSON after `JSON: `. Where it breaks none, and is refused for those that were
-- unmet before (see validate_migration.sql), it names these and says so.
--
-- Some tools show nothing of it, so it also leaves a line in the server's log, and
-- counts in two sequences, which no rollback takes back. But what the control plane
-- itself wants is no migration, and leaves nothing.
drop function if exists integratedb.refuse_migration(bigint[], integer);
create or replace function integratedb.refuse_migration(
  judge text, watched bigint[], broken bigint[], max_results integer
)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  is_new boolean := broken <> '{}';
  total bigint;
  others bigint;
  headline text;
  complaints text;
  in_one_line text;
  ways_out text;
  claims jsonb;
begin
  with every_one as materialized (
    select d.* from integratedb.describe_unmet(watched, null) d
  ),
  concerned as materialized (
    select e.*, row_number() over (order by e.path, e.stakeholder, e.claim_id) as nth
    from every_one e
    where e.claim_id = any (broken) or not is_new
  ),
  unmet as materialized (
    select c.* from concerned c where c.nth <= greatest(max_results, 1)
  ),
  -- A stakeholder that needs the same by several claims is named with their number, so that
  -- what is counted is what is named.
  needy as (
    select
      u.path, u.complaint, u.listens, u.alternatives = 1 as is_only_choice, count(*) as claims,
      u.stakeholder || case count(*) when 1 then '' else format(' (%s claims)', count(*)) end as stakeholder
    from unmet u
    group by u.path, u.complaint, u.listens, u.alternatives = 1, u.stakeholder
  ),
  complaint as (
    select
      n.path, n.complaint, n.listens, n.is_only_choice,
      sum(n.claims) as claims, array_agg(n.stakeholder) as stakeholders
    from needy n
    group by n.path, n.complaint, n.listens, n.is_only_choice
  ),
  affected as (
    select
      c.path,
      sum(c.claims) as claims,
      string_agg(
        '  ' || integratedb.names_in_words(c.stakeholders)
          || case
            when not c.listens then ''
            when cardinality(c.stakeholders) = 1 then ' listens, and'
            else ' listen, and'
          end
          || case
            when c.is_only_choice and cardinality(c.stakeholders) = 1 then ' needs '
            when c.is_only_choice then ' need '
            when cardinality(c.stakeholders) = 1 then ' has no alternative left: it needs '
            else ' have no alternative left: they need '
          end
          || c.complaint,
        E'\n' order by c.stakeholders, c.listens, c.complaint
      ) as lines
    from complaint c
    group by c.path
  )
  select
    (select count(*) from concerned c),
    (select count(*) from every_one e) - (select count(*) from concerned c),
    (
      select string_agg(
        case when (select count(*) from concerned c) = 1 then a.path
          else format('%s (%s)', a.path, case a.claims when 1 then '1 claim' else a.claims || ' claims' end)
        end || E'\n' || a.lines,
        E'\n' order by a.path
      )
      from affected a
    ),
    (select string_agg(u.problem, '. ' order by u.path, u.stakeholder, u.claim_id) from unmet u where u.nth <= 5),
    (select integratedb.ways_out(u.stakeholder, u.faults -> 0, is_new) from unmet u where u.nth = 1),
    (
      select jsonb_agg(
        jsonb_build_object('claim_id', u.claim_id, 'stakeholder', u.stakeholder, 'faults', u.faults)
        order by u.path, u.stakeholder, u.claim_id
      )
      from unmet u
    )
  into total, others, complaints, in_one_line, ways_out, claims;

  headline := case
    when is_new then case total when 1 then '1 claim' else total || ' claims' end || ' would be unmet'
    else case total when 1 then '1 claim was' else total || ' claims were' end
      || ' unmet before this migration, which breaks none'
  end;
  if judge <> 'control' then
    if not current_setting('transaction_read_only')::boolean then
      perform nextval('integratedb.refusals'),
        setval('integratedb.refused_at', (extract(epoch from clock_timestamp()) * 1000000)::bigint);
      perform integratedb.alert_refusal(watched, broken, claims);
    end if;
    raise log '%', regexp_replace(
      format(
        'IntegrateDB.InvalidMigration: refused the migration of role %s, application "%s": %s: %s%s',
        session_user, current_setting('application_name'), headline, in_one_line,
        case when total > 5 then format('. And %s more', total - 5) else '' end
      ),
      '\s+', ' ', 'g'
    );
  end if;

  raise exception 'IntegrateDB.InvalidMigration'
    using
      errcode = 'P0001',
      detail = concat(
        headline, E':\n', complaints,
        case when total > jsonb_array_length(claims)
          then format(E'\n… and %s more', total - jsonb_array_length(claims))
        end,
        case when others > 0
          then E'\nUnmet before, and not by this: ' || case others when 1 then '1 claim' else others || ' claims' end
        end,
        E'\n\n', ways_out, E'\nJSON: ', claims
      ),
      hint = 'Please resolve the unmet claims above. ' || case
        when is_new then 'Keep what they need until their stakeholders have moved on.'
        else 'This migration can pass once they are met.'
      end || case
        when judge = 'gate' and btrim(current_setting('integratedb.override', true)) = ''
          and integratedb.may_override(session_user)
          then ' The gate was not overridden, since that takes a reason, and integratedb.override is empty.'
        else ''
      end;
end
$$;
