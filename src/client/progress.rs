//! How far something is that takes long: a line on standard error that is written
//! over, and only where somebody looks at it.

use std::io::{IsTerminal, Write, stderr};

/// A line that tells how far it is. It is gone when this is dropped.
#[derive(Debug)]
pub struct Progress {
    is_watched: bool,
    is_shown: bool,
}

impl Progress {
    /// Shows nothing yet.
    pub fn new() -> Self {
        Self { is_watched: stderr().is_terminal(), is_shown: false }
    }

    /// Says how far it is.
    pub fn say(&mut self, text: &str) {
        if self.is_watched {
            self.is_shown = true;
            write_over(text);
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            write_over("");
        }
    }
}

fn write_over(text: &str) {
    let mut out = stderr().lock();
    // It is only news: without it everything works as well.
    drop(write!(out, "\r\u{1b}[K{text}").and_then(|()| out.flush()));
}
