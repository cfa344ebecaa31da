//! Transport-wide congestion control, receiving side (draft-holmer-rmcat-transport-wide-cc-extensions-01):
//! what arrived and when, reported so that a publisher can estimate its way to us.
use crate::rtcp;
use crate::rtp::extend_sequence;

/// Deltas count in 250 µs.
const DELTA_US: i64 = 250;
/// The reference time counts in 64 ms.
const REFERENCE_US: i64 = 64_000;
/// A report covers at most this many sequence numbers; a larger jump starts anew.
const MAX_SPAN: u64 = 2_000;
/// Arrivals kept between two reports.
const MAX_ARRIVALS: usize = 1_000;
/// Numbers are unwrapped from here, so that a reordered start does not fall below 0.
const FIRST_CYCLE: u64 = 1 << 16;
const SYMBOLS_PER_CHUNK: usize = 7;

#[derive(Debug, Default)]
pub struct TransportWideReceiver {
    /// (extended sequence, arrival in µs) since the last report.
    arrivals: Vec<(u64, i64)>,
    highest: Option<u64>,
    /// First number that no report has covered.
    next: u64,
    /// What the last report told, and its first number: a packet that was overtaken is told once more together with
    /// those behind it, or they would be told as lost.
    reported: Vec<(u64, i64)>,
    reported_from: u64,
    count: u8,
    media: u32,
}

impl TransportWideReceiver {
    /// `at`: µs of any monotonic clock. `media`: the SSRC that carried the number.
    pub fn record(&mut self, sequence: u16, media: u32, at: i64) {
        let extended = match self.highest {
            None => Some(FIRST_CYCLE + u64::from(sequence)),
            Some(highest) => extend_sequence(highest, sequence),
        };
        let Some(extended) = extended else { return };
        if self.highest.is_none() {
            self.next = extended;
        }
        if self.arrivals.len() >= MAX_ARRIVALS {
            return;
        }
        self.highest = Some(self.highest.unwrap_or(0).max(extended));
        self.media = media;
        self.arrivals.push((extended, at));
    }

    pub fn is_empty(&self) -> bool {
        self.arrivals.is_empty()
    }

    /// The report of everything since the last one, gaps included. What comes later than the report after the one
    /// that called it lost stays so; what is far below is of a sender that counts anew.
    pub fn feedback(&mut self) -> Option<Vec<u8>> {
        let late = self.reported_from.saturating_sub(MAX_SPAN)..self.reported_from;
        self.arrivals.retain(|(sequence, _)| !late.contains(sequence));
        let first = self.arrivals.iter().map(|arrival| arrival.0).min()?;
        self.arrivals.extend(self.reported.iter().filter(|(sequence, _)| *sequence > first));
        self.arrivals.sort_unstable();
        self.arrivals.dedup_by_key(|arrival| arrival.0);
        let last = self.arrivals.last()?.0;
        let base = self.next.min(first);
        self.next = self.next.max(last + 1);
        self.reported_from = base;
        std::mem::swap(&mut self.reported, &mut self.arrivals);
        self.arrivals.clear();
        if last - base > MAX_SPAN {
            self.reported.clear();
            return None;
        }
        let body = encode(base, &self.reported, self.count);
        self.count = self.count.wrapping_add(1);
        Some(rtcp::transport_wide(self.media, body))
    }
}

#[derive(Clone, Copy)]
enum Symbol {
    NotReceived = 0,
    SmallDelta = 1,
    LargeDelta = 2,
}

fn encode(base: u64, arrivals: &[(u64, i64)], count: u8) -> Vec<u8> {
    let span = (arrivals[arrivals.len() - 1].0 - base + 1) as usize;
    let reference = arrivals[0].1.div_euclid(REFERENCE_US);
    let mut symbols = vec![Symbol::NotReceived; span];
    let mut deltas = Vec::with_capacity(span * 2);
    let mut previous = reference * REFERENCE_US;
    for (sequence, at) in arrivals {
        let delta = (at - previous).div_euclid(DELTA_US).clamp(i16::MIN.into(), i16::MAX.into());
        previous += delta * DELTA_US;
        let symbol = &mut symbols[(sequence - base) as usize];
        if let Ok(small) = u8::try_from(delta) {
            *symbol = Symbol::SmallDelta;
            deltas.push(small);
        } else {
            *symbol = Symbol::LargeDelta;
            deltas.extend_from_slice(&(delta as i16).to_be_bytes());
        }
    }
    let mut body = Vec::with_capacity(8 + span + deltas.len());
    body.extend_from_slice(&(base as u16).to_be_bytes());
    body.extend_from_slice(&(span as u16).to_be_bytes());
    body.extend_from_slice(&((reference as u32) << 8 | u32::from(count)).to_be_bytes());
    for chunk in symbols.chunks(SYMBOLS_PER_CHUNK) {
        body.extend_from_slice(&status_vector(chunk).to_be_bytes());
    }
    body.extend_from_slice(&deltas);
    body
}

/// A status vector chunk of seven two-bit symbols (§3.1.4).
fn status_vector(symbols: &[Symbol]) -> u16 {
    let word =
        symbols.iter().enumerate().fold(0, |word, (at, symbol)| word | (*symbol as u16) << (12 - 2 * at));
    0xC000 | word
}
