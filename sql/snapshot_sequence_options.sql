-- What a sequence was told to do, but not how far it has come; empty where it
-- was told nothing.
create or replace view integratedb.snapshot_sequence_options as
select
  s.seqrelid as sequence,
  format('%I.%I', n.nspname, c.relname) as path,
  case
    when s.seqincrement = 1 and s.seqmin = 1 and s.seqstart = 1 and s.seqcache = 1 and not s.seqcycle
      and s.seqmax = case s.seqtypid
        when 'smallint'::regtype then 32767 when 'integer'::regtype then 2147483647 else 9223372036854775807
      end
    then ''
    else format(
      'increment by %s minvalue %s maxvalue %s start with %s cache %s%s',
      s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, case when s.seqcycle then ' cycle' else '' end
    )
  end as options
from pg_catalog.pg_sequence s
join pg_catalog.pg_class c on c.oid = s.seqrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace;
