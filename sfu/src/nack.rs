//! Packets that are missing from a publisher's stream and how often we have asked for them.
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Asked again when a round trip over a slow link has surely passed.
const RETRY: Duration = Duration::from_millis(40);
const MAX_TRIES: u8 = 10;
/// Older packets would come too late to be played.
const MAX_AGE: u64 = 1_000;
/// A larger gap is a pause or a restart, not loss: asking for all of it would flood the way up.
const MAX_GAP: u64 = 200;

#[derive(Debug)]
struct Missing {
    due: Instant,
    tries: u8,
}

#[derive(Debug, Default)]
pub struct NackList {
    missing: BTreeMap<u64, Missing>,
    given_up: Option<u64>,
}

impl NackList {
    /// `from..to` was skipped by the packet that just came.
    pub fn add_gap(&mut self, from: u64, to: u64, now: Instant) {
        if to - from < MAX_GAP {
            self.missing.extend((from..to).map(|sequence| (sequence, Missing { due: now, tries: 0 })));
            self.forget_older(to);
        } else {
            self.given_up = Some(to - 1);
        }
    }

    fn forget_older(&mut self, highest: u64) {
        let oldest = highest.saturating_sub(MAX_AGE);
        while self.missing.first_key_value().is_some_and(|(sequence, _)| *sequence <= oldest) {
            self.given_up = self.given_up.max(self.missing.pop_first().map(|(sequence, _)| sequence));
        }
    }

    /// The last packet since the last call that will not be asked for any more.
    pub fn take_given_up(&mut self) -> Option<u64> {
        self.given_up.take()
    }

    pub fn received(&mut self, sequence: u64) {
        self.missing.remove(&sequence);
    }

    pub fn len(&self) -> usize {
        self.missing.len()
    }

    pub fn is_empty(&self) -> bool {
        self.missing.is_empty()
    }

    pub fn clear(&mut self) {
        self.missing.clear();
        self.given_up = None;
    }

    /// What to ask for now, in rising order. `highest`: the newest packet received.
    pub fn due(&mut self, highest: u64, now: Instant) -> Vec<u16> {
        self.forget_older(highest);
        let exhausted = self.missing.iter().rev().find(|(_, missing)| missing.tries >= MAX_TRIES);
        self.given_up = self.given_up.max(exhausted.map(|(sequence, _)| *sequence));
        self.missing.retain(|_, missing| missing.tries < MAX_TRIES);
        let mut due = Vec::new();
        for (sequence, missing) in &mut self.missing {
            if missing.due <= now {
                missing.due = now + RETRY;
                missing.tries += 1;
                due.push(*sequence as u16);
            }
        }
        due
    }
}
