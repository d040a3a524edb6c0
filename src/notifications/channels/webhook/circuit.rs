//! The circuit between us and an endpoint: closed while it works, open while it is
//! dead, so that a dead one is asked seldom, and one thing at a time.

use std::time::{Duration, Instant};

use super::patience::{Patience, THRESHOLD};

/// What has become of the endpoint, as far as the answers say.
#[derive(Debug)]
pub struct Circuit {
    patience: Patience,
    /// How many requests in a row found nobody who works.
    failures: u32,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    since: Instant,
    /// How many probes have failed.
    probes: u32,
    /// When the next may go.
    next: Instant,
    /// One is under way.
    is_probing: bool,
}

/// What may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    Everything,
    /// A single request, to see.
    Probe,
    /// Nothing until then.
    Wait(Instant),
    /// Nothing until the probe that is under way has come back.
    WaitForProbe,
}

impl Circuit {
    pub fn new(patience: Patience) -> Self {
        Self { patience, failures: 0, open: None }
    }

    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether it has been open for so long that somebody should see to it.
    pub fn is_lasting(&self, now: Instant) -> bool {
        self.open.as_ref().is_some_and(|open| now >= open.since + self.patience.most)
    }

    /// What may be sent now.
    pub fn pass(&self, now: Instant) -> Pass {
        match &self.open {
            None => Pass::Everything,
            Some(open) if open.is_probing => Pass::WaitForProbe,
            Some(open) if open.next > now => Pass::Wait(open.next),
            Some(_) => Pass::Probe,
        }
    }

    /// A probe has left.
    pub fn probe(&mut self) {
        if let Some(open) = &mut self.open {
            open.is_probing = true;
        }
    }

    /// Somebody who works has answered. Says whether that is news.
    pub fn answered(&mut self) -> bool {
        self.failures = 0;
        self.open.take().is_some()
    }

    /// A request found nobody who works. A probe says when it does, a request that
    /// had left before the circuit opened says nothing new.
    pub fn failed(&mut self, now: Instant, was_probe: bool) {
        self.failures = self.failures.saturating_add(1);
        match &mut self.open {
            Some(open) if was_probe => {
                open.probes = open.probes.saturating_add(1);
                open.next = now + self.patience.before_probe(open.probes);
                open.is_probing = false;
            }
            None if self.failures >= THRESHOLD => {
                let next = now + self.patience.before_probe(0);
                self.open = Some(Open { since: now, probes: 0, next, is_probing: false });
            }
            _ => {}
        }
    }

    /// The endpoint has asked to be left alone for so long: the circuit opens at once.
    pub fn rest(&mut self, now: Instant, pause: Duration, was_probe: bool) {
        self.failed(now, was_probe);
        let until = now + pause;
        let open =
            self.open.get_or_insert(Open { since: now, probes: 0, next: until, is_probing: false });
        open.next = open.next.max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience =
        Patience { first: Duration::from_secs(1), most: Duration::from_secs(100) };

    fn open(now: Instant) -> Circuit {
        let mut circuit = Circuit::new(PATIENCE);
        (0..THRESHOLD).for_each(|_| circuit.failed(now, false));
        circuit
    }

    #[test]
    fn it_opens_after_failures_in_a_row_only() {
        let now = Instant::now();
        let mut circuit = Circuit::new(PATIENCE);
        for _ in 0..20 {
            (1..THRESHOLD).for_each(|_| circuit.failed(now, false));
            assert_eq!(circuit.pass(now), Pass::Everything);
            assert!(!circuit.answered());
        }
        assert!(open(now).is_open());
    }

    #[test]
    fn one_probe_at_a_time_goes_through_an_open_one() {
        let now = Instant::now();
        let mut circuit = open(now);
        let Pass::Wait(first) = circuit.pass(now) else { panic!("{circuit:?}") };
        assert!(first > now && first <= now + Duration::from_secs(2));
        assert_eq!(circuit.pass(first), Pass::Probe);
        circuit.probe();
        assert_eq!(circuit.pass(first), Pass::WaitForProbe);
        circuit.failed(first, true);
        let Pass::Wait(second) = circuit.pass(first) else { panic!("{circuit:?}") };
        circuit.failed(first, false);
        assert_eq!(circuit.pass(first), Pass::Wait(second), "a late one says nothing new");
        circuit.probe();
        assert!(circuit.answered());
        assert_eq!(circuit.pass(second), Pass::Everything);
    }

    #[test]
    fn the_longer_it_is_open_the_seldomer_it_asks() {
        let mut now = Instant::now();
        let mut circuit = open(now);
        for probes in 1..20 {
            circuit.probe();
            circuit.failed(now, true);
            let Pass::Wait(next) = circuit.pass(now) else { panic!("{circuit:?}") };
            let longest = Duration::from_secs(2 << probes).min(PATIENCE.most);
            assert!(next - now >= longest / 2 && next - now <= longest, "{probes}");
            now = next;
        }
    }

    #[test]
    fn it_is_somebodys_matter_when_it_stays_open() {
        let now = Instant::now();
        let mut circuit = open(now);
        let later = now + PATIENCE.most;
        assert!(!circuit.is_lasting(now) && circuit.is_lasting(later));
        circuit.probe();
        circuit.failed(later, true);
        assert!(circuit.is_lasting(later));
        circuit.answered();
        assert!(!circuit.is_lasting(later));
    }

    #[test]
    fn it_opens_at_once_for_who_wants_to_be_left_alone() {
        let now = Instant::now();
        let mut circuit = Circuit::new(PATIENCE);
        circuit.rest(now, Duration::from_secs(30), false);
        assert_eq!(circuit.pass(now), Pass::Wait(now + Duration::from_secs(30)));
        let later = now + Duration::from_secs(31);
        circuit.probe();
        circuit.rest(later, Duration::from_hours(1), true);
        assert_eq!(circuit.pass(later), Pass::Wait(later + Duration::from_hours(1)));
    }
}
