//! Measurements in pairs, so that whatever else the machine does meets both alike.

use std::time::{Duration, Instant};

use crate::Result;
use crate::table::{Table, Target, ms};

const WARM_UP: usize = 2;
const FEWEST: usize = 5;
const MOST: usize = 200;

/// The times of both, turn by turn.
#[derive(Debug, Default)]
pub struct Pairs(Vec<(Duration, Duration)>);

impl Pairs {
    /// Lets both take turns for about this long. Each answers the time that counts of its turn.
    pub async fn measure(
        span: Duration,
        mut ours: impl AsyncFnMut() -> Result<Duration>,
        mut floor: impl AsyncFnMut() -> Result<Duration>,
    ) -> Result<Self> {
        for _ in 0..WARM_UP {
            ours().await?;
            floor().await?;
        }
        let mut pairs = Self::default();
        let since = Instant::now();
        while pairs.0.len() < FEWEST || since.elapsed() < span && pairs.0.len() < MOST {
            pairs.0.push((ours().await?, floor().await?));
        }
        Ok(pairs)
    }

    pub fn ours(&self) -> Duration {
        Duration::from_secs_f64(median(self.0.iter().map(|(ours, _)| ours.as_secs_f64())))
    }

    pub fn floor(&self) -> Duration {
        Duration::from_secs_f64(median(self.0.iter().map(|(_, floor)| floor.as_secs_f64())))
    }

    /// The median of the turns' ratios, ours to the floor.
    pub fn ratio(&self) -> f64 {
        median(self.0.iter().map(|(ours, floor)| ours.as_secs_f64() / floor.as_secs_f64()))
    }

    /// The median of what the turns' ours took longer than their floors.
    pub fn added(&self) -> Duration {
        let added = self.0.iter().map(|(ours, floor)| ours.as_secs_f64() - floor.as_secs_f64());
        Duration::from_secs_f64(median(added).max(0.0))
    }

    /// Prints them.
    pub fn print(&self, table: &Table, subject: &str, target: Target) {
        table.line(subject, &ms(self.ours()), &ms(self.floor()), self.ratio(), target);
    }
}

/// How much of something both do in a second, turn by turn.
#[derive(Debug, Default)]
pub struct Rates(Vec<(f64, f64)>);

impl Rates {
    /// Lets both take so many turns, after one that doesn't count. Each answers its rate.
    pub async fn measure(
        turns: usize,
        mut ours: impl AsyncFnMut() -> Result<f64>,
        mut floor: impl AsyncFnMut() -> Result<f64>,
    ) -> Result<Self> {
        let mut rates = Self::default();
        for turn in 0..=turns {
            let pair = (ours().await?, floor().await?);
            if turn > 0 {
                rates.0.push(pair);
            }
        }
        Ok(rates)
    }

    /// Prints their medians, and the median of the turns' ratios.
    pub fn print(&self, table: &Table, subject: &str, target: Target) {
        let ratio = median(self.0.iter().map(|(ours, floor)| ours / floor));
        let ours = format!("{:.0}", median(self.0.iter().map(|(ours, _)| *ours)));
        let floor = format!("{:.0}", median(self.0.iter().map(|(_, floor)| *floor)));
        table.line(subject, &ours, &floor, ratio, target);
    }
}

/// How long something takes.
pub async fn timed<T>(work: impl Future<Output = Result<T>>) -> Result<Duration> {
    let since = Instant::now();
    work.await?;
    Ok(since.elapsed())
}

/// The one in the middle; of two, the higher. 0 if there is none.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
