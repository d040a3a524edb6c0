//! `completions` and `man`: what a shell and `man` know of this program.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Arguments, fail, settings};

const NAME: &str = "integratedb";

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct CompletionsOptions {
    /// For which shell
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub struct ManOptions {
    /// Writes integratedb.1, integratedb-serve.1 and so on into this folder, which is made if it
    /// isn't there
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Prints a script for a shell, to be kept where it looks for such.
pub fn completions(options: CompletionsOptions) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), NAME, &mut script);
    outcome(io::stdout().write_all(&script))
}

/// Prints the manual page of the program, or writes those of all its commands.
pub fn man(options: &ManOptions) -> ExitCode {
    outcome(match &options.folder {
        None => page(&mut io::stdout()),
        Some(folder) => pages(folder),
    })
}

/// The page of the program: that of its commands, and below it the settings.
fn page(out: &mut impl Write) -> io::Result<()> {
    Man::new(Arguments::command()).render(out)?;
    out.write_all(settings::manual().as_bytes())
}

fn pages(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Arguments::command(), folder)?;
    page(&mut std::fs::File::create(folder.join(format!("{NAME}.1")))?)
}

fn outcome(written: io::Result<()>) -> ExitCode {
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}
