use std::time::{Duration, Instant};

/// How long to measure.
#[derive(Clone, Copy)]
pub struct Pace {
    pub quick: bool,
}

/// One of those that are compared: decides the request with this number.
pub type Contestant<'w> = Box<dyn FnMut(usize) + 'w>;

/// The least time a slice takes, so that the clock's own cost does not show.
const SLICE: Duration = Duration::from_millis(1);

/// Nanoseconds for one of `count` requests, for each contestant: they take turns, a short slice each, over and over in one process,
/// so that a change of the machine's mood meets all of them; the best slice counts, so that one that the machine gave to
/// somebody else does not. Whoever is slow is asked every ninth request only: the requests come in patterns of eight.
pub fn compare(pace: Pace, count: usize, contestants: &mut [Contestant<'_>]) -> Vec<f64> {
    let whole = Duration::from_millis(if pace.quick { 500 } else { 5_000 });
    let mut slow = Vec::new();
    for contestant in contestants.iter_mut() {
        let start = Instant::now();
        (0..count).for_each(&mut *contestant);
        slow.push(start.elapsed() > 4 * SLICE);
    }
    let mut best = vec![f64::MAX; contestants.len()];
    let begin = Instant::now();
    let mut rounds = 0;
    while begin.elapsed() < whole || rounds < 5 {
        rounds += 1;
        for ((contestant, slow), best) in contestants.iter_mut().zip(&slow).zip(&mut best) {
            let step = if *slow { 9 } else { 1 };
            let mut asked = 0;
            if !*slow {
                // Warm again after the others' turns.
                (0..count).for_each(&mut *contestant);
            }
            let start = Instant::now();
            while start.elapsed() < SLICE {
                (0..count).step_by(step).for_each(&mut *contestant);
                asked += count.div_ceil(step);
            }
            *best = best.min(start.elapsed().as_nanos() as f64 / asked as f64);
        }
    }
    best
}

/// Nanoseconds for one call of `work`.
pub fn once(pace: Pace, mut work: impl FnMut()) -> f64 {
    let contestant: Contestant<'_> = Box::new(|_| work());
    compare(Pace { quick: pace.quick }, 1, &mut [contestant]).first().copied().unwrap_or(f64::NAN)
}
