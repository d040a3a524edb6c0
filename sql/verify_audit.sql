-- Whether the chain of the audit is as it was sealed: how many entries it has, the hash
-- it ends with, and the first fault, where and what. `known` is a hash that somebody
-- kept elsewhere: the entry that it was of must still be there.
create or replace function integratedb.verify_audit(known bytea)
returns table (entries bigint, head bytea, broken_at bigint, reason text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with linked as (
    select
      a.no,
      lag(a.no, 1, 0::bigint) over in_order as previous,
      a.hash = integratedb.audit_hash(
        lag(a.hash, 1, decode(repeat('00', 32), 'hex')) over in_order, a
      ) as is_as_sealed
    from integratedb.audit a
    window in_order as (order by a.no)
  ),
  found as (
    select count(*) as entries, coalesce(max(l.no), 0) as last
    from linked l
  ),
  fault as (
    (
      select
        1 as rank,
        case when l.previous = l.no - 1 then l.no else l.previous + 1 end as at,
        case
          when l.previous = l.no - 1 then 'is not as it was sealed'
          when l.previous = l.no - 2 then 'is missing'
          else format('and those up to %s are missing', l.no - 1)
        end as reason
      from linked l
      where l.previous <> l.no - 1 or not l.is_as_sealed
      order by l.no
      limit 1
    )
    union all
    select
      2,
      case
        when f.last < h.no then f.last + 1
        when f.last > h.no then h.no + 1
        else h.no
      end,
      case
        when f.last < h.no - 1 then format('and those up to %s, the last, are missing', h.no)
        when f.last < h.no then 'is missing: it was the last'
        when f.last > h.no then 'was not sealed: it stands behind the end'
        else 'is the last and has not the hash that the chain ends with'
      end
    from found f, integratedb.audit_head h
    where f.last <> h.no
      or (
        h.no > 0
        and not exists (select from integratedb.audit a where a.no = h.no and a.hash = h.hash)
      )
    union all
    select 3, null, 'the hash that was kept is of no entry: it was removed, or all was written anew'
    where known <> decode(repeat('00', 32), 'hex')
      and not exists (select from integratedb.audit a where a.hash = known)
  )
  select f.entries, h.hash, first.at, first.reason
  from found f
  cross join integratedb.audit_head h
  left join (select * from fault order by rank limit 1) first on true
$$;
