use std::time::{Duration, Instant};

/// How long to measure.
#[derive(Clone, Copy)]
pub struct Pace {
    pub quick: bool,
}

/// Nanoseconds for each of `per` items that one call of `work` does: the best of many short slices, so that a slice that the machine
/// gave to somebody else does not count.
pub fn nanoseconds(pace: Pace, per: usize, mut work: impl FnMut()) -> f64 {
    let slice = Duration::from_micros(500);
    let whole = Duration::from_millis(if pace.quick { 60 } else { 600 });
    let begin = Instant::now();
    while begin.elapsed() < whole / 10 {
        work();
    }
    let mut best = f64::MAX;
    let begin = Instant::now();
    while begin.elapsed() < whole {
        let mut calls = 0u32;
        let start = Instant::now();
        while start.elapsed() < slice {
            work();
            calls += 1;
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(calls) / per as f64);
    }
    best
}
