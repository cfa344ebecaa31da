//! `ActiveSpeakerObserver`: who speaks and how loud, from the level that clients send with each packet (RFC 6464).
use crate::ids::{IdMap, ProducerId};

/// −dBov: quieter than this is silence.
const THRESHOLD: u8 = 40;
/// Share of a window's packets that must be louder than the threshold.
const ACTIVE_SHARE: f32 = 0.3;
/// Silent windows that end nobody's turn: speech is phrases, and a mark that goes out between two of them flickers.
const HELD_WINDOWS: u8 = 3;
/// Levels are given in steps of this, so that only what can be seen is a change.
const STEPS: f32 = 8.0;

#[derive(Debug, Default)]
struct Meter {
    packets: u32,
    active: u32,
    /// Sum of the active packets' linear levels.
    sum: f32,
    /// Of the last window that was not silent, in 0..=1, quantized.
    level: Option<f32>,
    /// Further silent windows that leave it as it is.
    held: u8,
}

impl Meter {
    /// Ends a window; `None` when it is nobody's turn.
    fn take(&mut self) -> Option<f32> {
        let (packets, active, sum) = (self.packets, self.active, self.sum);
        (self.packets, self.active, self.sum) = (0, 0, 0.0);
        if active > 0 && active as f32 >= packets as f32 * ACTIVE_SHARE {
            self.level = Some((sum / active as f32 * STEPS).ceil() / STEPS);
            self.held = HELD_WINDOWS;
        } else if self.held > 0 {
            self.held -= 1;
        } else {
            self.level = None;
        }
        self.level
    }
}

#[derive(Debug, Default)]
pub struct ActiveSpeakerObserver {
    meters: IdMap<ProducerId, Meter>,
    announced: Vec<(ProducerId, f32)>,
}

impl ActiveSpeakerObserver {
    /// `level`: 0 (loudest) to 127, in −dBov.
    pub fn record(&mut self, producer: ProducerId, level: u8) {
        let meter = self.meters.entry(producer).or_default();
        meter.packets += 1;
        if level < THRESHOLD {
            meter.active += 1;
            meter.sum += loudness(level);
        }
    }

    pub fn remove(&mut self, producer: ProducerId) {
        self.meters.remove(&producer);
    }

    pub fn is_idle(&self) -> bool {
        self.meters.is_empty() && self.announced.is_empty()
    }

    /// Ends a window: the speakers, loudest first, when they are not those of the window before.
    pub fn update(&mut self) -> Option<Vec<(ProducerId, f32)>> {
        let levels = self.meters.iter_mut().filter_map(|(id, meter)| Some((*id, meter.take()?)));
        let mut speakers: Vec<(ProducerId, f32)> = levels.collect();
        speakers.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        if speakers == self.announced {
            return None;
        }
        self.announced.clone_from(&speakers);
        Some(speakers)
    }
}

/// Half of the scale is what a level of −20 dBov shows: linear in decibels above the threshold, as meters are.
fn loudness(level: u8) -> f32 {
    f32::from(THRESHOLD.saturating_sub(level)) / f32::from(THRESHOLD)
}
