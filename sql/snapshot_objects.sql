-- Everything of the schema that a snapshot carries, with the SQL that makes it.
-- It reads the catalog only, so it needs no right on any table; and its text
-- depends on what is there, not on who asks with which settings.
create or replace function integratedb.snapshot_objects()
returns table (kind text, name text, sql text)
language sql
stable
set search_path = pg_catalog, pg_temp
set quote_all_identifiers = off
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set timezone = 'UTC'
set extra_float_digits = 3
set bytea_output = 'hex'
set jit = off
as $$
  select * from integratedb.snapshot_surroundings
  union all select * from integratedb.snapshot_types
  union all select * from integratedb.snapshot_routines
  union all select * from integratedb.snapshot_sequences
  union all select * from integratedb.snapshot_tables
  union all select * from integratedb.snapshot_views
  union all select * from integratedb.snapshot_constraints
  union all select * from integratedb.snapshot_reactions
$$;
