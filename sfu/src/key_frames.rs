//! Key frames of one producer: where a late joiner may begin, and when the publisher is asked for another.
use std::time::{Duration, Instant};

/// A key frame is asked for again after this: a publisher answers within a round trip and a frame.
const ASKED_AGAIN_AFTER: Duration = Duration::from_millis(300);
/// … and then less and less often, up to this: who does not send video does not answer.
const ASKED_AGAIN_AT_MOST_AFTER: Duration = Duration::from_secs(5);
/// After an answer the next is asked for then: one receiver that loses much would else cost all others' pictures their
/// quality. Who has seen nothing yet does not wait for it.
const NEXT_AFTER: Duration = Duration::from_secs(1);
/// Late joiners are served from a key frame at most this old …
const REPLAY_AGE: Duration = Duration::from_secs(1);
/// … with at most this many packets behind it: more take longer, and more of the way down, than the key frame that is
/// asked for instead.
const REPLAY_PACKETS: u64 = 200;

#[derive(Clone, Copy, Debug)]
struct KeyFrame {
    sequence: u64,
    /// Its newest packet.
    last: u64,
    timestamp: u32,
    at: Instant,
}

#[derive(Debug, Default)]
pub struct KeyFrames {
    newest: Option<KeyFrame>,
    wanted: bool,
    /// By somebody who has seen nothing yet.
    hurried: bool,
    asked: Option<Instant>,
    /// Requests since the last key frame.
    unanswered: u32,
}

impl KeyFrames {
    pub fn begin(&mut self, sequence: u64, timestamp: u32, now: Instant) {
        *self = KeyFrames {
            newest: Some(KeyFrame { sequence, last: sequence, timestamp, at: now }),
            wanted: false,
            hurried: false,
            asked: self.asked,
            unanswered: 0,
        };
    }

    /// Another packet of a picture: perhaps of the newest key frame.
    pub fn go_on(&mut self, sequence: u64, timestamp: u32) {
        if let Some(key) = self.newest.as_mut().filter(|key| key.timestamp == timestamp) {
            key.last = key.last.max(sequence);
        }
    }

    /// Whether a picture after this packet needs nothing of before it.
    pub fn begins_after(&self, sequence: u64) -> bool {
        self.newest.is_some_and(|key| key.sequence > sequence)
    }

    /// Where a late joiner may begin; `after`: what it was last given.
    pub fn replay_start(&self, after: Option<u64>, highest: Option<u64>, now: Instant) -> Option<u64> {
        let key = self.newest.filter(|key| after.is_none_or(|after| key.sequence > after))?;
        is_fresh(key, 1, highest, now).then_some(key.sequence)
    }

    /// Whether a newcomer, who has to answer an offer first, will still be in time for a replay: half of its limits are
    /// left.
    pub fn will_replay(&self, highest: Option<u64>, now: Instant) -> bool {
        self.newest.is_some_and(|key| is_fresh(key, 2, highest, now))
    }

    pub fn want(&mut self) {
        self.wanted = true;
    }

    /// As [`Self::want`], for somebody who has seen nothing yet.
    pub fn hurry(&mut self) {
        (self.wanted, self.hurried) = (true, true);
    }

    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Whether one is wanted and the last request is not too near.
    pub fn is_due(&self, now: Instant) -> bool {
        let factor = 1 << self.unanswered.saturating_sub(1).min(8);
        let interval = match self.unanswered {
            0 if !self.hurried => NEXT_AFTER,
            _ => (ASKED_AGAIN_AFTER * factor).min(ASKED_AGAIN_AT_MOST_AFTER),
        };
        self.wanted && self.asked.is_none_or(|at| now.saturating_duration_since(at) >= interval)
    }

    pub fn note_request(&mut self, now: Instant) {
        self.unanswered += 1;
        self.asked = Some(now);
    }
}

/// Within a part of the limits of a replay.
fn is_fresh(key: KeyFrame, part: u32, highest: Option<u64>, now: Instant) -> bool {
    let behind = highest.map_or(0, |highest| highest.saturating_sub(key.last));
    now.saturating_duration_since(key.at) <= REPLAY_AGE / part && behind <= REPLAY_PACKETS / u64::from(part)
}
