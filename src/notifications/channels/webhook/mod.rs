//! Webhooks: each event is posted to a URL, signed as Standard Webhooks has it.
//!
//! **A request** carries one event as `application/cloudevents+json`, or, where the
//! channel has a `batch` of more than 1, an array of up to so many that happen to be
//! there as `application/cloudevents-batch+json`. `webhook-id` is the id of the event;
//! that of a batch is a digest of its ids, the same for the same events and never for
//! others. Good is a 2xx within the timeout. Redirects aren't followed.
//!
//! **Order.** Events of one row leave one after the other, and none before the earlier
//! ones have left for good; rows don't wait for each other. What a restart finds
//! unfinished, and what arrived behind it, is sent again: at least once.
//!
//! **Tries.** A request that fails is a try of each event in it; events of a failed
//! batch are tried alone from then on, so that one bad event takes no other with it.
//! Between tries the delay doubles, with full jitter, from [`Patience`]'s `first` to
//! `most`. After `max_attempts` tries, and never after fewer, an event is a dead letter.
//! The count begins anew when the channel restarts.
//!
//! **The circuit.** A 4xx says that the endpoint works and doesn't take this event. All
//! else says that nobody is there who works: no connection, no answer in time, a 5xx, a
//! redirect, and those 4xx that speak of the endpoint whatever it was sent (401, 403,
//! 404, 405, 407, 408, 421, 425, 429). After five of those in a row the circuit opens;
//! after a 410, or a 429 or 503 with `Retry-After` (of an hour at most), at once. While
//! it is open nothing is sent but one probe at a time, at growing intervals of `most` at
//! most. Whatever shows that the endpoint works closes it, and all that waits goes
//! out at once.
//!
//! **Probes, and whom they count for.** A probe carries the event that has been in the
//! fewest requests: if an event is what the endpoint dies of, the next probe carries
//! another one, and the channel goes on. An event's own delays grow faster while the
//! circuit is open, from seconds to hours, and a probe is a try of it only if its delay
//! was over; otherwise it was made for the circuit's sake and counts for nothing. So
//! `max_attempts` holds to the letter, three tries of a lone event are over in seconds,
//! and yet with the usual twelve a dead endpoint costs no event within hours, though
//! it is asked every few minutes.
//!
//! An endpoint at a private address is refused without being asked, which is no try.

mod circuit;
pub mod client;
mod courier;
mod deliver;
mod failure;
mod patience;
pub mod signature;
mod window;

pub use deliver::{run, run_with};
pub use patience::Patience;

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

/// The settings of one webhook.
#[derive(Clone)]
pub struct Webhook {
    pub url: Url,
    /// `whsec_…`, the newest first: one, or two during a rotation.
    pub secrets: Vec<SecretString>,
    /// How many events a request carries at most.
    pub batch: usize,
    /// How many requests are under way at most.
    pub concurrency: usize,
    /// For a whole request, from connecting to the end of the answer.
    pub timeout: Duration,
    /// After so many tries an event is a dead letter.
    pub max_attempts: u32,
    /// Whether it may be at a private address.
    pub allow_private: bool,
    pub patience: Patience,
}
