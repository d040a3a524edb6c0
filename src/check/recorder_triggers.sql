-- When the functions of `recorder.sql` are called; only a superuser may say it.
create event trigger integratedb_check_ddl on ddl_command_end execute function integratedb.check_ddl();
create event trigger integratedb_check_rewrite on table_rewrite execute function integratedb.check_rewrite();
