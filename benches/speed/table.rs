//! The table that is printed, a line as soon as it is known.

use std::time::Duration;

/// What a ratio should be.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// Only told.
    None,
}

/// The head that has been printed.
#[derive(Debug)]
pub struct Table(());

impl Table {
    pub fn begin() -> Self {
        println!(
            "{:<54} {:>16} {:>16} {:>9}  {:<9}",
            "subject", "ours", "floor", "ratio", "target"
        );
        Self(())
    }

    /// Prints a line and whether the ratio is what it should be.
    #[expect(clippy::unused_self, reason = "the head comes first")]
    pub fn line(&self, subject: &str, ours: &str, floor: &str, ratio: f64, target: Target) {
        let (wanted, is_met) = match target {
            Target::AtMost(most) => (format!("≤ {most}"), ratio <= most),
            Target::AtLeast(least) => (format!("≥ {least}"), ratio >= least),
            Target::None => ("-".to_owned(), true),
        };
        let verdict = match (target, is_met) {
            (Target::None, _) => "",
            (_, true) => "ok",
            (_, false) => "MISSED",
        };
        println!("{subject:<54} {ours:>16} {floor:>16} {ratio:>9.2}  {wanted:<9} {verdict}");
    }

    /// Prints why a subject was left out.
    #[expect(clippy::unused_self, reason = "the head comes first")]
    pub fn skip(&self, subject: &str, reason: &str) {
        println!("{subject:<54} skipped: {reason}");
    }
}

/// A time in milliseconds.
pub fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
