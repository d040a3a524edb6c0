-- What docs/install.md asks an operator to do, for the database of compose.yaml:
-- a role for the control plane, without SUPERUSER, and the role of the
-- application that owns the tables.
create role integratedb_control login createrole replication password 'integratedb';
create role app login password 'app';
grant app to integratedb_control;
grant create on database app to integratedb_control, app;
grant usage, create on schema public to integratedb_control, app;
