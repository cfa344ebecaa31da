//! How well a publisher's stream arrives: what a receiver report says (RFC 3550 §6.4.1, appendix A.8).
use crate::rtcp::ReportBlock;
use std::time::Instant;

/// The last sender report of a publisher.
#[derive(Clone, Copy, Debug)]
pub struct SenderClock {
    pub ntp: u64,
    pub rtp: u32,
    pub at: Instant,
}

impl SenderClock {
    /// The same clock pair at `now`, by our own clock.
    pub fn extrapolate(&self, now: Instant, clock_rate: u32) -> (u64, u32) {
        let seconds = now.saturating_duration_since(self.at).as_secs_f64();
        let ntp = self.ntp.wrapping_add((seconds * 4_294_967_296.0) as u64);
        (ntp, self.rtp.wrapping_add((seconds * f64::from(clock_rate)) as u64 as u32))
    }
}

#[derive(Debug, Default)]
pub struct Reception {
    pub packets: u64,
    /// Came as retransmissions, which are packets of another SSRC (RFC 4588 §4): to reports they are lost.
    pub repaired: u64,
    pub expected: u64,
    jitter: f64,
    /// Of the last packet, in ticks; only differences mean anything.
    transit: Option<u32>,
    /// Of other SSRCs, before this one.
    earlier: Counts,
    reported: Counts,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    packets: u64,
    expected: u64,
}

impl Reception {
    fn counts(&self) -> Counts {
        Counts { packets: self.packets, expected: self.expected }
    }

    fn lost_since(&self, before: Counts) -> u64 {
        (self.expected - before.expected).saturating_sub(self.packets - before.packets)
    }

    /// Neither received nor repaired, under whatever SSRC.
    pub fn missing(&self) -> u64 {
        self.lost_since(Counts::default()).saturating_sub(self.repaired)
    }

    /// Whether there is anything to report of the SSRC of now.
    pub fn has_begun(&self) -> bool {
        self.packets > self.earlier.packets
    }

    /// Another SSRC takes over: reports are of one (RFC 3550 §6.4.1), and its timestamps begin anywhere.
    pub fn begin_ssrc(&mut self) {
        (self.earlier, self.reported) = (self.counts(), self.counts());
        (self.jitter, self.transit) = (0.0, None);
    }

    /// `arrival`: seconds of any monotonic clock. Not for retransmissions, whose delay is not the path's.
    pub fn measure_jitter(&mut self, arrival: f64, timestamp: u32, clock_rate: u32) {
        let arrived = (arrival * f64::from(clock_rate)) as u64 as u32;
        let transit = arrived.wrapping_sub(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let difference = f64::from((transit.wrapping_sub(before) as i32).unsigned_abs());
            self.jitter += (difference - self.jitter) / 16.0;
        }
    }

    /// The block since the last one. `highest_sequence`: with its cycles, as RFC 3550 counts them.
    pub fn report(
        &mut self,
        ssrc: u32,
        highest_sequence: u32,
        clock: Option<SenderClock>,
        now: Instant,
    ) -> ReportBlock {
        let expected = self.expected - self.reported.expected;
        let lost = self.lost_since(self.reported);
        self.reported = self.counts();
        let fraction = (lost * 256).checked_div(expected).unwrap_or(0).min(255);
        let delay =
            clock.map_or(0.0, |clock| now.saturating_duration_since(clock.at).as_secs_f64() * 65_536.0);
        ReportBlock {
            ssrc,
            fraction_lost: fraction as u8,
            lost: self.lost_since(self.earlier) as u32,
            highest_sequence,
            jitter: self.jitter as u32,
            last_sender_report: clock.map_or(0, |clock| (clock.ntp >> 16) as u32),
            delay: delay as u32,
        }
    }
}
