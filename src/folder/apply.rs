//! The story of making claims what a folder says: for all stakeholders at once, or
//! for none.

use std::time::Duration;

use super::{Change, Comparison, Difference, Document, File, Folder, Problem, read};
use crate::claims::{self, Turns, store};
use crate::db::Client;
use crate::error::{Error, Result};
use crate::spec::Spec;
use crate::stakeholders::Stakeholder;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Only finds out what would happen: does it, and takes it back.
    pub is_dry_run: bool,
    /// Takes the claims of those who have no file.
    pub prunes: bool,
}

/// Makes the claims and grants of all stakeholders what the folder says. If
/// anything is wrong, all of it is said and nothing is changed.
///
/// A document that is stored already is left alone, so that what was seen of its
/// columns stays needed; only the grants are looked after.
pub async fn apply(
    client: &mut Client,
    folder: &Folder,
    wish: Wish,
    (turns, lock_timeout): (&Turns, Duration),
) -> Result<Comparison> {
    claims::patiently(turns, lock_timeout, async |patience| {
        attempt(client, folder, wish, patience).await
    })
    .await
}

/// In the order of [`claims::replace`], and for the same reasons.
async fn attempt(
    client: &mut Client,
    folder: &Folder,
    wish: Wish,
    patience: Duration,
) -> Result<Comparison> {
    let transaction = client.transaction().await?;
    store::wait_at_most(&transaction, patience).await?;
    let everybody: Vec<i64> = store::specs(&transaction).await?.iter().map(|(s, _)| s.id).collect();
    store::lock_tables(&transaction, &everybody, &folder.all_claims()).await?;
    store::take_fence(&transaction).await?;

    let stored = store::specs(&transaction).await?;
    let nothing = Document::default();
    let mut comparison = Comparison::default();
    comparison.problems.extend(folder.problems.iter().cloned());
    comparison.problems.extend(strangers(folder, &stored));
    for (stakeholder, before) in &stored {
        let (document, change) = match folder.file_of(&stakeholder.name) {
            Some(File { document: None, .. }) => continue,
            Some(File { document: Some(document), .. }) => {
                let is_stored = document.spec == *before;
                (document, if is_stored { Change::Unchanged } else { Change::Changed })
            }
            None if before.matches.is_empty() => continue,
            None if wish.prunes => (&nothing, Change::Removed),
            None => {
                comparison.problems.push(unmentioned(folder, stakeholder, before));
                continue;
            }
        };
        let outcome = match change {
            Change::Unchanged => claims::regrant(&transaction, stakeholder, before).await,
            Change::Changed | Change::Removed => {
                let wanted = (&document.spec, &document.pointers);
                claims::put(&transaction, stakeholder, wanted, before).await
            }
        };
        match outcome {
            Ok(grants) => comparison.stakeholders.push(Difference {
                stakeholder: stakeholder.name.clone(),
                document: change,
                grants,
            }),
            Err(Error::Mismatch { faults, .. }) => {
                let file = folder.path_of(&stakeholder.name);
                comparison.problems.extend(read::problems(&file, &document.root, faults));
            }
            Err(error) => return Err(error),
        }
    }
    comparison.problems.sort_by(|one, other| one.file.cmp(&other.file));

    if !wish.is_dry_run && comparison.problems.is_empty() {
        transaction.commit().await?;
        comparison.is_applied = true;
    }
    Ok(comparison)
}

impl Folder {
    fn file_of(&self, stakeholder: &str) -> Option<&File> {
        self.files.iter().find(|file| file.stakeholder == stakeholder)
    }

    /// What all the files claim, as one document.
    fn all_claims(&self) -> Spec {
        let documents = self.files.iter().filter_map(|file| file.document.as_ref());
        Spec { matches: documents.flat_map(|document| document.spec.matches.clone()).collect() }
    }
}

/// The files that are nobody's.
fn strangers(folder: &Folder, stored: &[(Stakeholder, Spec)]) -> impl Iterator<Item = Problem> {
    let is_known = |file: &&File| stored.iter().any(|(known, _)| known.name == file.stakeholder);
    folder.files.iter().filter(move |file| !is_known(file)).map(|file| {
        let name = &file.stakeholder;
        Problem::of(
            &file.path,
            format!(
                "there is no stakeholder `{name}`. Making one shows its credentials once, so it is \
                 not done by the way: `integratedb stakeholders add {name}`, or POST /api/v1/stakeholders"
            ),
        )
    })
}

/// The refusal to take somebody's claims unasked.
fn unmentioned(folder: &Folder, stakeholder: &Stakeholder, before: &Spec) -> Problem {
    let claims = match before.matches.len() {
        1 => "1 claim".to_owned(),
        several => format!("{several} claims"),
    };
    Problem::of(
        &folder.path_of(&stakeholder.name),
        format!(
            "is not there, and `{}` has {claims}. `integratedb export` writes the file; \
             --prune (`prune` in a body) takes the claims.",
            stakeholder.name
        ),
    )
}
