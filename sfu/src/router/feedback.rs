//! What publishers hear from us: key frame requests, NACKs, transport-wide feedback, receiver reports.
use super::{Router, Transport};
use crate::ids::{ProducerId, TransportId};
use crate::producer::Producer;
use crate::rtcp::{self, MAX_REPORT_BLOCKS};
use crate::socket::SendBatch;
use std::time::{Duration, Instant};

pub const LEVELS_INTERVAL: Duration = Duration::from_millis(200);

impl Router {
    pub fn request_key_frame(&mut self, id: ProducerId, now: Instant, out: &mut SendBatch) {
        self.ask_for_key_frame(id, Producer::want_key_frame, now, out);
    }

    /// For a receiver that has been given nothing yet: it does not wait as those who have seen a picture do.
    pub(super) fn request_first_key_frame(&mut self, id: ProducerId, now: Instant, out: &mut SendBatch) {
        self.ask_for_key_frame(id, Producer::hurry_key_frame, now, out);
    }

    fn ask_for_key_frame(
        &mut self,
        id: ProducerId,
        want: fn(&mut Producer),
        now: Instant,
        out: &mut SendBatch,
    ) {
        if let Some(producer) = self.producers.get_mut(&id) {
            want(producer);
            self.agenda.note(id, producer);
            self.send_key_frame_request(id, now, out);
        }
    }

    fn send_key_frame_request(&mut self, id: ProducerId, now: Instant, out: &mut SendBatch) {
        let Some(producer) = self.producers.get_mut(&id) else { return };
        let Some(transport) = self.transports.get_mut(&producer.transport) else { return };
        if !transport.session.is_connected() {
            return;
        }
        if let Some(ssrc) = producer.poll_key_frame_request(now) {
            transport.session.send_rtcp(rtcp::picture_loss(ssrc), out);
        }
    }

    /// Asks again until the key frame has come.
    pub fn repeat_key_frame_requests(&mut self, now: Instant, out: &mut SendBatch) {
        let wanting = std::mem::take(&mut self.agenda.key_frames);
        self.agenda.key_frames = self.for_producers(wanting, Producer::wants_key_frame, |router, id| {
            router.send_key_frame_request(id, now, out);
            Some(())
        });
    }

    pub fn send_nacks(&mut self, now: Instant, out: &mut SendBatch) {
        let losing = std::mem::take(&mut self.agenda.nacks);
        self.agenda.nacks =
            self.for_producers(losing, Producer::has_losses, |router, id| router.send_nack(id, now, out));
    }

    fn send_nack(&mut self, id: ProducerId, now: Instant, out: &mut SendBatch) -> Option<()> {
        let producer = self.producers.get_mut(&id)?;
        let session = &mut self.transports.get_mut(&producer.transport)?.session;
        let due = producer.due_nacks(now);
        self.agenda.note(id, producer);
        if !due.is_empty() {
            producer.counters.nacks_sent += due.len() as u64;
            session.send_rtcp(rtcp::nack(producer.ssrc()?, &due), out);
        }
        Some(())
    }

    pub fn send_transport_feedback(&mut self, out: &mut SendBatch) {
        let waiting = std::mem::take(&mut self.agenda.feedback);
        self.agenda.feedback = self.for_transports(waiting, Transport::has_feedback, |router, id| {
            let session = &mut router.transports.get_mut(&id)?.session;
            let feedback = session.transport_wide.feedback()?;
            session.send_rtcp(feedback, out);
            Some(())
        });
    }

    pub fn send_receiver_reports(&mut self, now: Instant, out: &mut SendBatch) {
        let sends =
            |(id, transport): (&TransportId, &Transport)| (!transport.producers.is_empty()).then_some(*id);
        for id in self.transports.iter().filter_map(sends).collect::<Vec<_>>() {
            self.contain(id, |router| router.send_receiver_report(id, now, out));
        }
    }

    fn send_receiver_report(&mut self, id: TransportId, now: Instant, out: &mut SendBatch) -> Option<()> {
        let Transport { session, producers, .. } = self.transports.get_mut(&id)?;
        let mut blocks = Vec::new();
        for producer in producers {
            let Some(producer) = self.producers.get_mut(producer) else { continue };
            let Some(ssrc) = producer.ssrc().filter(|_| producer.reception.has_begun()) else { continue };
            let highest = producer.reported_sequence();
            blocks.push(producer.reception.report(ssrc, highest, producer.sender_clock, now));
        }
        for chunk in blocks.chunks(MAX_REPORT_BLOCKS) {
            session.send_rtcp(rtcp::receiver_report(chunk), out);
        }
        Some(())
    }
}
