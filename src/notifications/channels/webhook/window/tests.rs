//! The window against every order in which answers may come.

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::changes::Lsn;

fn event(index: u32, order: u64) -> Outgoing {
    let position = Position { lsn: Lsn(1), index };
    Outgoing {
        position,
        id: position.to_string().into(),
        subject: "public.orders".into(),
        order,
        body: "{}".into(),
    }
}

fn window(orders: &[u64]) -> Window {
    let mut window = Window::new(64);
    for (index, order) in (0..).zip(orders) {
        window.push(event(index, *order));
    }
    window
}

fn index(mark: Option<(Position, u64)>) -> Option<(u32, u64)> {
    mark.map(|(position, count)| (position.index, count))
}

#[test]
fn events_of_one_row_leave_one_after_the_other() {
    let now = Instant::now();
    let mut window = window(&[7, 7, 8]);
    assert_eq!(window.take(now, 1), [0]);
    assert_eq!(window.take(now, 1), [2]);
    assert!(window.take(now, 1).is_empty());
    window.arrived(2);
    assert_eq!(window.mark(), None);
    window.arrived(0);
    assert_eq!(index(window.mark()), Some((0, 1)));
    assert_eq!(window.take(now, 1), [1]);
    window.buried(1);
    assert_eq!(index(window.mark()), Some((2, 1)));
}

#[test]
fn a_batch_takes_what_is_there_and_shares_no_row_with_another() {
    let now = Instant::now();
    let mut window = window(&[1, 1, 2, 3, 1, 2]);
    assert_eq!(window.take(now, 3), [0, 1, 2]);
    assert_eq!(window.take(now, 3), [3]);
    for number in 0..3 {
        window.arrived(number);
    }
    assert_eq!(window.take(now, 3), [4, 5]);
}

#[test]
fn what_failed_in_a_batch_is_tried_alone_and_in_order() {
    let now = Instant::now();
    let mut window = window(&[1, 1, 2, 2]);
    assert_eq!(window.take(now, 10), [0, 1, 2, 3]);
    for number in 0..4 {
        assert_eq!(window.tried(number), Some(1));
        window.again(number, Some(now));
    }
    assert_eq!(window.take(now, 10), [0]);
    assert_eq!(window.take(now, 10), [2]);
    assert!(window.take(now, 10).is_empty());
    window.buried(0);
    assert_eq!(window.take(now, 10), [1]);
}

#[test]
fn what_concerns_several_rows_stands_between_all_before_and_all_after() {
    let now = Instant::now();
    let mut window = window(&[1, 2, Outgoing::BARRIER]);
    assert!(!window.has_room());
    assert_eq!(window.take(now, 1), [0]);
    assert_eq!(window.take(now, 1), [1]);
    window.arrived(1);
    assert!(window.take(now, 1).is_empty());
    window.arrived(0);
    assert_eq!(window.take(now, 1), [2]);
    assert!(!window.has_room());
    window.arrived(2);
    assert!(window.has_room());
    assert_eq!(index(window.mark()), Some((2, 3)));
}

#[test]
fn what_waits_holds_back_its_own_row_only() {
    let now = Instant::now();
    let later = now + Duration::from_secs(1);
    let mut window = window(&[1, 2, 1, 3]);
    assert_eq!(window.take(now, 1), [0]);
    assert_eq!(window.tried(0), Some(1));
    window.again(0, Some(later));
    assert_eq!(window.next_due(), Some(later));
    assert_eq!(window.take(now, 10), [1, 3]);
    assert!(window.take(now, 10).is_empty());
    assert_eq!(window.take(later, 10), [0]);
}

#[test]
fn probes_go_round_and_count_when_it_was_time_for_one() {
    let now = Instant::now();
    let later = now + Duration::from_secs(9);
    let mut window = window(&[1, 2]);
    assert_eq!(window.take(now, 1), [0]);
    assert_eq!(window.tried(0), Some(1));
    window.again(0, Some(later));
    assert_eq!(window.take_probe(now), Some(1));
    assert_eq!(window.tried(1), Some(1));
    window.again(1, Some(later));
    assert_eq!(window.take_probe(now), Some(0));
    assert_eq!(window.tried(0), None, "it wasn't its time");
    assert_eq!(window.take_probe(later), Some(1));
    assert_eq!(window.tried(1), Some(2));
    window.again(1, Some(later + Duration::from_secs(1)));
    window.hurry();
    assert_eq!(window.take(now, 1), [0]);
    assert_eq!(window.take(now, 1), [1]);
}

#[test]
fn it_holds_so_much_and_no_more() {
    let now = Instant::now();
    let mut by_count = window(&[1; 64]);
    assert!(!by_count.has_room());
    by_count.take(now, 1);
    by_count.arrived(0);
    assert!(by_count.has_room());

    let mut by_bytes = Window::new(64);
    let half: std::sync::Arc<str> = "x".repeat(MOST_BYTES / 2).into();
    for index in 0..2 {
        assert!(by_bytes.has_room());
        by_bytes.push(Outgoing { body: half.clone(), ..event(index, u64::from(index)) });
    }
    assert!(!by_bytes.has_room());

    let mut by_length = Window::new(64);
    by_length.push(event(0, 0));
    by_length.take(now, 1);
    for number in 1..MOST_ENTRIES as u64 {
        assert!(by_length.has_room());
        by_length.push(event(u32::try_from(number).unwrap(), number));
        by_length.take(now, 1);
        by_length.arrived(number);
    }
    assert!(!by_length.has_room(), "the first holds back the others");
}

/// What happens to a request, by chance.
#[derive(Debug, Clone, Copy)]
enum Step {
    Push { order: u64 },
    Take { most: usize },
    Probe,
    Arrive { which: usize },
    Fail { which: usize, wait: u64 },
    Pass { seconds: u64 },
    Hurry,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..6_u64).prop_map(|order| Step::Push { order }),
        4 => (1..6_usize).prop_map(|most| Step::Take { most }),
        1 => Just(Step::Probe),
        3 => any::<usize>().prop_map(|which| Step::Arrive { which }),
        3 => (any::<usize>(), 0..5_u64).prop_map(|(which, wait)| Step::Fail { which, wait }),
        2 => (0..4_u64).prop_map(|seconds| Step::Pass { seconds }),
        1 => Just(Step::Hurry),
    ]
}

const MOST_TRIES: u32 = 3;

/// The window, and what it has promised so far.
struct Model {
    window: Window,
    now: Instant,
    orders: Vec<u64>,
    under_way: Vec<Vec<Number>>,
    has_left: Vec<bool>,
    marked: usize,
    arrived: u64,
    tries: HashMap<Number, u32>,
}

impl Model {
    fn step(&mut self, step: Step) {
        match step {
            Step::Push { order } if self.window.has_room() => {
                let index = u32::try_from(self.orders.len()).unwrap();
                self.window.push(event(index, order));
                self.orders.push(order);
                self.has_left.push(false);
            }
            Step::Take { most } => {
                let taken = self.window.take(self.now, most);
                assert!(taken.len() <= most);
                self.leaves(taken);
            }
            Step::Probe => {
                let taken = self.window.take_probe(self.now);
                self.leaves(taken.into_iter().collect());
            }
            Step::Arrive { which } if !self.under_way.is_empty() => {
                for number in self.under_way.swap_remove(which % self.under_way.len()) {
                    self.window.arrived(number);
                    self.has_left[usize::try_from(number).unwrap()] = true;
                }
            }
            Step::Fail { which, wait } if !self.under_way.is_empty() => {
                let due = self.now + Duration::from_secs(wait);
                for number in self.under_way.swap_remove(which % self.under_way.len()) {
                    let Some(tries) = self.window.tried(number) else { continue };
                    let before = self.tries.insert(number, tries).unwrap_or(0);
                    assert_eq!(tries, before + 1);
                    if tries < MOST_TRIES {
                        self.window.again(number, Some(due));
                    } else {
                        self.window.buried(number);
                        self.has_left[usize::try_from(number).unwrap()] = true;
                    }
                }
            }
            Step::Pass { seconds } => self.now += Duration::from_secs(seconds),
            Step::Hurry => self.window.hurry(),
            _ => {}
        }
        if let Some((upto, count)) = self.window.mark() {
            self.marked = upto.index as usize + 1;
            self.arrived += count;
        }
        let unfinished = self.has_left.iter().position(|has_left| !has_left);
        assert_eq!(self.marked, unfinished.unwrap_or(self.orders.len()), "the mark");
    }

    /// Whatever leaves is the first of its row that hasn't, or follows it in its batch.
    fn leaves(&mut self, taken: Vec<Number>) {
        if taken.is_empty() {
            return;
        }
        assert!(taken.is_sorted());
        for &number in &taken {
            let place = usize::try_from(number).unwrap();
            for earlier in (0..place).filter(|&earlier| self.orders[earlier] == self.orders[place])
            {
                let is_in_front = taken.contains(&(earlier as u64));
                assert!(self.has_left[earlier] || is_in_front, "{earlier} before {number}");
            }
            assert!(!self.has_left[place], "{number} twice");
            assert!(!self.under_way.iter().flatten().any(|other| *other == number), "{number}");
        }
        self.under_way.push(taken);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_rows_stay_in_order_and_all_is_done_in_the_end(
        steps in prop::collection::vec(step(), 0..200)
    ) {
        let mut model = Model {
            window: Window::new(16),
            now: Instant::now(),
            orders: Vec::new(),
            under_way: Vec::new(),
            has_left: Vec::new(),
            marked: 0,
            arrived: 0,
            tries: HashMap::new(),
        };
        for step in steps {
            model.step(step);
        }
        let mut rounds = 0;
        while model.marked < model.orders.len() {
            model.step(Step::Pass { seconds: 5 });
            model.step(Step::Take { most: 3 });
            model.step(Step::Arrive { which: 0 });
            rounds += 1;
            prop_assert!(rounds < 1000, "never done");
        }
        let buried = model.tries.values().filter(|tries| **tries == MOST_TRIES).count();
        prop_assert_eq!(model.arrived, (model.orders.len() - buried) as u64);
        prop_assert!(model.window.is_idle() && model.window.last.is_empty());
        prop_assert_eq!((model.window.pending, model.window.bytes), (0, 0));
    }
}
