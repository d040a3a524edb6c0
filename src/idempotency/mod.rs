//! Asking twice and being given once: the answer to a request under an
//! `Idempotency-Key` is kept for a day, and is the answer to the same request under the
//! same key by the same caller.
//!
//! It is kept in the transaction of what the request does, so after a crash there is
//! either both or neither:
//!
//! ```text
//! let transaction = client.transaction().await?;
//! once.begin(&transaction).await?;
//! …
//! once.keep(&transaction, &answer).await?;
//! transaction.commit().await?;
//! ```
//!
//! Only what succeeded is kept: what was refused may succeed when it is asked again.

mod once;
mod store;

pub use once::{Keys, Once};
pub use store::forget;
