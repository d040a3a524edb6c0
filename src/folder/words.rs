//! A comparison in words, for people and for programs.

use std::fmt;

use serde_json::{Value, json};

use super::{Change, Comparison, Difference, Problem};
use crate::claims::store::GrantChange;
use crate::spec::{all_in_sql, in_sql};

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        if let Some(pointer) = &self.pointer {
            write!(f, "{pointer}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl Difference {
    /// A line for each thing that changes; none if nothing does.
    pub fn lines(&self) -> Vec<String> {
        let done = self.grants.iter().filter(|change| change.problem.is_none()).count();
        let document = match self.document {
            Change::Removed => Some("~ no file any more, so no claims"),
            Change::Changed if done == 0 => Some("~ document changed, same grants"),
            Change::Changed | Change::Unchanged => None,
        };
        let grants = self.grants.iter().map(grant);
        let lines = document.map(str::to_owned).into_iter().chain(grants);
        lines.map(|line| visible(&format!("{}: {line}", self.stakeholder))).collect()
    }

    fn to_json(&self) -> Value {
        let (drift, done): (Vec<&GrantChange>, Vec<&GrantChange>) =
            self.grants.iter().partition(|change| change.problem.is_some());
        let (grants, revokes): (Vec<&GrantChange>, Vec<&GrantChange>) =
            done.into_iter().partition(|change| change.is_grant);
        json!({
            "stakeholder": self.stakeholder,
            "document": self.document,
            "grants": grants,
            "revokes": revokes,
            "drift": drift,
        })
    }
}

impl Comparison {
    /// How much changes, in a line.
    pub fn summary(&self) -> String {
        let all = self.stakeholders.len();
        let changing = self.stakeholders.iter().filter(|one| one.is_change()).count();
        if changing == 0 {
            return format!("Nothing to do. Stakeholders: {all}.");
        }
        let grants = self.stakeholders.iter().flat_map(|one| &one.grants);
        let (grants, revokes): (Vec<&GrantChange>, Vec<&GrantChange>) =
            grants.filter(|one| one.problem.is_none()).partition(|one| one.is_grant);
        let verb = if self.is_applied { "Changed" } else { "Would change" };
        let (grants, revokes) = (grants.len(), revokes.len());
        format!("{verb} {changing} of {all} stakeholders. Grants: {grants}, revokes: {revokes}.")
    }

    /// All that changes, a line each, and how much that is; nothing, where it isn't known.
    pub fn lines(&self) -> Vec<String> {
        if !self.problems.is_empty() {
            return Vec::new();
        }
        let changes = self.stakeholders.iter().flat_map(Difference::lines);
        changes.chain([self.summary()]).collect()
    }

    /// All of it, for programs.
    pub fn to_json(&self) -> Value {
        json!({
            "is_change": self.is_change(),
            "is_applied": self.is_applied,
            "stakeholders": self.stakeholders.iter().map(Difference::to_json).collect::<Vec<_>>(),
            "problems": self.problems,
            "lines": self.lines(),
        })
    }
}

fn grant(change: &GrantChange) -> String {
    let schema = in_sql(&change.schema);
    let what = match (&change.table, &change.columns) {
        (Some(table), Some(columns)) => {
            let columns = all_in_sql(columns);
            format!("{} ({columns}) on {schema}.{}", change.privilege, in_sql(table))
        }
        _ => format!("{} on schema {schema}", change.privilege),
    };
    match (&change.problem, change.is_grant) {
        (None, true) => format!("+ {what}"),
        (None, false) => format!("- {what}"),
        (Some(problem), true) => format!("! {what} can't be granted: {}", problem.text),
        (Some(problem), false) => format!("! {what} can't be revoked: {}", problem.text),
    }
}

/// Names may hold anything, and no terminal is to obey them.
pub fn visible(line: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    line.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn a_name_can_not_write_lines_of_its_own() {
        assert_eq!(
            visible("shop: + a\nNothing to do.\u{1b}[2K"),
            "shop: + a\\nNothing to do.\\u{1b}[2K"
        );
        assert_eq!(visible("é \"we.ird\""), "é \"we.ird\"");
    }
}
