-- Makes this transaction the one that keeps house, unless another one is at it. It locks a
-- table, which only the control plane may, and holds up nobody who reads or writes that:
-- an advisory lock could be anybody's.
create or replace function integratedb.try_to_keep_house()
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  lock table integratedb.housekeeping in share update exclusive mode nowait;
  return true;
exception when lock_not_available then
  return false;
end
$$;
