-- Looks for claims that became unmet, or are met again, with nobody validating: tells
-- those stakeholders that want to know. Takes the fence only if there is any.
create or replace function integratedb.notice_unmet()
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  stakeholders bigint[] := array(select a.stakeholder_id from integratedb.alerts a);
begin
  if exists (select from integratedb.unnoted_claims(stakeholders)) then
    perform integratedb.take_fence();
    perform integratedb.note_unmet(stakeholders);
  end if;
end
$$;
