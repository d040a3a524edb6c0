//! The report as text, in the manner of a compiler.

use super::{Broken, Report};
use crate::check::{Ending, Lock, Unmet};

/// The most characters of a statement that are shown.
const LONGEST: usize = 160;

pub(super) fn write(report: &Report) -> String {
    let broken = report.broken.iter().map(of_broken);
    let already = report.already_unmet.iter().map(of_already_unmet);
    let locks = report.locks.iter().map(of_lock);
    let warnings = report.warnings.iter().map(|warning| vec![format!("warning: {warning}")]);
    let notes = broken.chain(already).chain(locks).chain(warnings);
    let notes: String = notes.map(|lines| lines.join("\n") + "\n\n").collect();
    format!("{notes}{}\n", conclusion(report))
}

fn of_broken(broken: &Broken) -> Vec<String> {
    let mut lines = vec![format!("error: {}", broken.unmet.problem)];
    lines.extend(place(&broken.unmet));
    lines.extend(broken.transaction.map(|transaction| {
        let statement = broken.statement.as_deref().map(shortened);
        let statement = statement.map(|statement| format!(": {statement}")).unwrap_or_default();
        format!("   = since transaction {transaction} of the command{statement}")
    }));
    if broken.is_met_at_the_end {
        let refused = "   = it is met again at the end, but the commit in between would be refused";
        lines.push(refused.to_owned());
    }
    lines
}

fn of_already_unmet(unmet: &Unmet) -> Vec<String> {
    let mut lines = vec![format!("warning: {}", unmet.problem)];
    lines.extend(place(unmet));
    lines.push("   = it was unmet before the command began".to_owned());
    lines
}

/// Where to look: the table or column, and what of it was needed and found.
fn place(unmet: &Unmet) -> Vec<String> {
    let is_gone = matches!(unmet.property.as_str(), "path" | "name");
    let property = if is_gone { "existence" } else { &unmet.property };
    let place = format!("  --> {}, {property}, claimed by {}", location(unmet), unmet.stakeholder);
    let found = unmet.found.as_deref();
    let detail = match &unmet.needed {
        _ if is_gone => found.map(|now| format!("   = it is called {now} now")),
        Some(needed) => {
            Some(format!("   = needed: {needed}; there is: {}", found.unwrap_or("none")))
        }
        None => None,
    };
    [place].into_iter().chain(detail).collect()
}

/// The table or column that is missing something.
pub(super) fn location(unmet: &Unmet) -> String {
    match &unmet.field {
        Some(field) => format!("{}.{field}", unmet.path),
        None => unmet.path.clone(),
    }
}

fn of_lock(lock: &Lock) -> Vec<String> {
    let level = if lock.blocks_reading { "warning" } else { "note" };
    let statement = format!("   = {}", shortened(&lock.statement));
    vec![format!("{level}: {}", lock_in_words(lock)), statement]
}

/// What a lock does to whom.
pub(super) fn lock_in_words(lock: &Lock) -> String {
    let Lock { path, mode, .. } = lock;
    let readers = lock.readers.join(", ");
    match (lock.rewrites, lock.blocks_reading) {
        (true, _) => format!(
            "{mode} on {path} blocks reading by {readers} while the whole table is rewritten, \
             which takes the longer the larger it is"
        ),
        (false, true) => {
            format!("{mode} on {path} blocks reading by {readers} until the transaction ends")
        }
        (false, false) => {
            format!("{mode} on {path} blocks writing until the transaction ends, but not {readers}")
        }
    }
}

fn conclusion(report: &Report) -> String {
    let total = count(report.claims.len(), "claim");
    let claims = match report.broken.len() {
        0 => format!("Of {total}, none is broken."),
        broken => format!("Of {total}, {broken} would be broken."),
    };
    match &report.command {
        Ending::Succeeded => claims,
        Ending::Failed(how) => format!("The command failed ({how}). {claims}"),
        Ending::NotStarted(why) => format!("The command could not be started ({why})."),
        Ending::Interrupted => format!("The command was interrupted. {claims}"),
    }
}

/// A number and what it counts.
pub(super) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// A statement on one line, and no longer than can be read at a glance.
fn shortened(statement: &str) -> String {
    let words: Vec<&str> = statement.trim_end_matches(';').split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}
