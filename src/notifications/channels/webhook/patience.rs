//! How long to wait before trying again.

use std::time::Duration;

use rand::RngExt;

/// After so many failures in a row with nothing else in between, an endpoint is taken
/// for dead.
pub const THRESHOLD: u32 = 5;

/// The delays of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Before the second try of an event.
    pub first: Duration,
    /// At most between two tries of an event while the endpoint answers others, and
    /// between two probes of one that is dead.
    pub most: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { first: Duration::from_millis(500), most: Duration::from_mins(5) }
    }
}

impl Patience {
    /// Before the next try of an event that has had this many: doubling, with full
    /// jitter, so that what failed together doesn't come back together.
    pub fn after(self, tries: u32) -> Duration {
        let longest = grown(self.first, 2, tries.saturating_sub(1)).min(self.most);
        longest.mul_f64(rand::rng().random_range(0.0..=1.0))
    }

    /// The same while the endpoint is dead: seconds for the first tries, hours for the
    /// last ones, so that the twelve that are usual outlast a night's outage or so.
    pub fn while_dead(self, tries: u32) -> Duration {
        let longest = grown(self.first * 2, 5, tries.saturating_sub(THRESHOLD)).min(self.most * 72);
        longest.mul_f64(rand::rng().random_range(0.5..=1.0))
    }

    /// Before the next probe of a dead endpoint that has had this many.
    pub fn before_probe(self, probes: u32) -> Duration {
        let longest = grown(self.first * 2, 2, probes).min(self.most);
        longest.mul_f64(rand::rng().random_range(0.5..=1.0))
    }
}

fn grown(first: Duration, factor: u32, times: u32) -> Duration {
    first.saturating_mul(factor.saturating_pow(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_are_bounded() {
        let patience = Patience::default();
        for tries in 1..200 {
            let longest = patience.first * 2_u32.saturating_pow(tries - 1).min(1 << 20);
            assert!(patience.after(tries) <= longest.min(patience.most));
            assert!(patience.while_dead(tries) <= Duration::from_hours(6));
            assert!(patience.before_probe(tries) <= patience.most);
        }
        assert!(patience.before_probe(0) >= Duration::from_millis(500));
        assert!(patience.before_probe(30) >= patience.most / 2);
    }

    #[test]
    fn twelve_tries_outlast_an_outage_of_hours_and_three_are_soon_over() {
        let patience = Patience::default();
        let outlast = |tries: u32| (1..tries).map(|tries| patience.while_dead(tries)).sum();
        let (few, many): (Duration, Duration) = (outlast(3), outlast(12));
        assert!(few <= Duration::from_secs(2), "{few:?}");
        assert!(many >= Duration::from_hours(2), "{many:?}");
    }
}
