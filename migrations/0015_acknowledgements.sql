-- When a client of a SOCKET acknowledged something last. Until one does, nobody knows how far
-- they are; `delivered_at` is when one was told something last, as of every channel.
alter table integratedb.channels add column acknowledged_at timestamptz;

update integratedb.channels set acknowledged_at = delivered_at where settings ->> 'type' = 'SOCKET';
