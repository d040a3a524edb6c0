-- Notes what is missing to unmet claims now, so that no later change is taken to have
-- caused it. Takes the fence if there is anything to note.
--
-- Whoever calls it answers for the state being judged or let through: what a transaction
-- that has yet to be judged has done must not be noted in it.
create or replace function integratedb.note_faults()
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  faults integratedb.known_faults[];
begin
  for attempt in 1..2 loop
    faults := array(
      select distinct row(
        u.claim_id, u.claimed_table_id, u.field_no, u.field_alternative_no, u.column_name, u.property, u.found
      )::integratedb.known_faults
      from integratedb.unmet(array(select w.id from integratedb.watched_tables w)) u
    );
    if not exists (
      (select k.* from integratedb.known_faults k except select f.* from unnest(faults) f)
      union all
      (select f.* from unnest(faults) f except select k.* from integratedb.known_faults k)
    ) then
      return;
    end if;
    -- Whoever had it may have changed what is missing: look again.
    perform integratedb.take_fence();
  end loop;

  delete from integratedb.known_faults;
  insert into integratedb.known_faults select f.* from unnest(faults) f;
end
$$;
