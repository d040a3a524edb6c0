//! How the story looks on a terminal.

use std::io::{IsTerminal, Stdout, Write};

/// Prints steps, what is typed, and what comes back.
#[derive(Debug)]
pub struct Narrator {
    out: Stdout,
    steps: u32,
    is_colourful: bool,
}

const WIDTH: usize = 88;

impl Default for Narrator {
    fn default() -> Self {
        let out = std::io::stdout();
        Self { steps: 0, is_colourful: out.is_terminal(), out }
    }
}

impl Narrator {
    /// A paragraph.
    pub fn say(&self, text: &str) {
        self.print(&format!("\n{}", wrapped(text, "")));
    }

    /// The heading of the next step.
    pub fn step(&mut self, text: &str) {
        self.steps += 1;
        let heading = wrapped(&format!("{}. {text}", self.steps), "   ");
        self.print(&format!("\n{}", self.paint("1", &heading)));
    }

    /// What somebody types.
    pub fn types(&self, prompt: &str, text: &str) {
        // What goes on is below what began.
        let margin = " ".repeat(prompt.len() + 4);
        let text = text.replace('\n', &format!("\n{margin}"));
        self.print(&format!("\n   {} {text}", self.paint("36", prompt)));
    }

    /// What comes back.
    pub fn shows(&self, text: &str) {
        for line in text.lines() {
            self.print(&answered(line));
        }
    }

    /// A refusal that comes back, and is meant to.
    pub fn shows_refusal(&self, text: &str) {
        for line in text.lines() {
            self.print(&self.paint("33", &answered(line)));
        }
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.is_colourful { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn print(&self, text: &str) {
        // Somebody who closes the pipe early has read enough.
        drop(writeln!(&self.out, "{text}"));
    }
}

/// A line of what comes back; what goes on of it hangs below where its words began.
fn answered(line: &str) -> String {
    let own = line.len() - line.trim_start().len();
    wrapped(&format!("     {line}"), &" ".repeat(5 + own + 2))
}

/// Breaks lines at spaces; continued lines begin with `indent`.
fn wrapped(text: &str, indent: &str) -> String {
    let lead: String = text.chars().take_while(|c| c.is_whitespace()).collect();
    let mut lines = vec![lead.clone()];
    for word in text.split_whitespace() {
        let fits = |line: &&mut String| {
            line.trim().is_empty() || line.chars().count() + word.chars().count() < WIDTH
        };
        let line = lines.last_mut().filter(fits);
        match line {
            Some(line) if line.trim().is_empty() => line.push_str(word),
            Some(line) => line.extend([" ", word]),
            None => lines.push(format!("{indent}{word}")),
        }
    }
    lines.join("\n").trim_end().to_owned()
}
