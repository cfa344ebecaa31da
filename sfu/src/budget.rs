//! At most so many packets in so much time.
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Budget {
    limit: usize,
    window: Duration,
    /// When the window began.
    since: Option<Instant>,
    spent: usize,
}

impl Budget {
    pub fn new(limit: usize, window: Duration) -> Budget {
        Budget { limit, window, since: None, spent: 0 }
    }

    /// A new window begins with the first question after the end of the last.
    pub fn left(&mut self, now: Instant) -> usize {
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= self.window) {
            (self.since, self.spent) = (Some(now), 0);
        }
        self.limit.saturating_sub(self.spent)
    }

    pub fn spend(&mut self, packets: usize) {
        self.spent += packets;
    }
}
