//! Whoever changes claims: over the API, as everybody does.

use crate::document::{Match, to_json};
use crate::journal::Journal;
use crate::support::{Stakeholder, TestApp};

pub struct Claimant<'a> {
    pub app: &'a TestApp,
    pub journal: Journal,
    pub name: String,
}

/// What the API may answer where a document doesn't fit, or somebody is at work.
const REFUSALS: [u16; 3] = [422, 409, 503];

impl Claimant<'_> {
    /// Puts a document; answers whether it was taken.
    pub async fn put(&self, stakeholder: &Stakeholder, document: &[Match]) -> bool {
        let matches = to_json(document);
        let answer = self.app.put_claims(stakeholder, &matches).await;
        self.tell(&format!("PUT {} {matches}", stakeholder.name), 200, &answer)
    }

    /// Deletes a stakeholder; answers whether it is gone.
    pub async fn delete(&self, stakeholder: &Stakeholder) -> bool {
        let answer = self.app.delete(&format!("/stakeholders/{}", stakeholder.id)).await;
        self.tell(&format!("DELETE {}", stakeholder.name), 204, &answer)
    }

    fn tell(&self, what: &str, success: u16, answer: &crate::support::Answer) -> bool {
        let outcome = format!("{} {}", answer.status, answer.body["errors"]["detail"]);
        self.journal.note(&self.name, what, &outcome);
        self.journal.count(&format!("{} {}", &what[..3], answer.status));
        let is_done = answer.status == success;
        let may_be = is_done || REFUSALS.contains(&answer.status);
        self.journal.insist(may_be, || format!("{what}: {outcome}"));
        is_done
    }
}
