//! The program `integratedb`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    integratedb::commands::run().await
}
