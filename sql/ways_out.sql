-- What can be done about a fault, for the one who wrote the migration: with the
-- words that its stakeholder would have to put into its document. Of one that was there
-- before (not `is_new`): how the migration may pass all the same.
drop function if exists integratedb.ways_out(text, jsonb);
create or replace function integratedb.ways_out(stakeholder text, fault jsonb, is_new boolean)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when not is_new then concat(
      'Ways out:',
      E'\n  - Mend what is missing, in this migration or before it.',
      E'\n  - Or let ', stakeholder, ' claim what there is now.',
      E'\n  - Or leave the call out where there is the gate, which refuses only what a migration itself breaks.'
    )
    when fault ->> 'property' in ('published', 'replica_identity') then concat(
      'Ways out:',
      E'\n  - ', case fault ->> 'property'
        when 'published' then 'Leave the table as it can be published.'
        when 'replica_identity' then format(
          'Give it one in the same transaction: a primary key, or %s', fault ->> 'remedy'
        )
      end,
      E'\n  - Or let ', stakeholder, ' listen to less, or say that it can do without: {"path": ', fault -> 'path',
      ', …, "optional": true}'
    )
    else concat(
    'Ways out:',
    E'\n  - Expand and contract: add the new beside the old, and drop the old when its readers have moved on.',
    E'\n  - First let ', stakeholder, ' say that ',
    case fault ->> 'property'
      when 'path' then format(
        'either will do: {"alternatives": [{"path": %s, …}, {"path": %s, …, "planned": true}]}',
        fault -> 'path', coalesce(to_jsonb(fault ->> 'found')::text, '"<its new name>"')
      )
      when 'name' then format(
        'either will do: {"alternatives": [%s, {"name": %s, "planned": true}]}',
        fault -> 'field', coalesce(to_jsonb(fault ->> 'found')::text, '"<the new column>"')
      )
      when 'type' then format(
        'either will do: {"alternatives": [{"name": %s, "type": %s}, {"name": %s, "type": %s, "planned": true}]}',
        fault -> 'field', fault -> 'needed', fault -> 'field', fault -> 'found'
      )
      when 'min_length' then format('less will do: {"name": %s, "min_length": %s}', fault -> 'field', fault ->> 'found')
      when 'is_nullable' then format('it may be null: {"name": %s, "is_nullable": true}', fault -> 'field')
    end,
    E'\n  - Or that it can do without: ',
    case fault ->> 'property'
      when 'path' then format('{"path": %s, …, "optional": true}', fault -> 'path')
      else format('{"name": %s, "optional": true}', fault -> 'field')
    end
  )
  end
$$;
