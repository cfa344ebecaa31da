//! From a client's packet to the ring: find the session's producer, decrypt, parse once, store.
use super::{Binding, Router, Transport};
use crate::events::Event;
use crate::ids::{ProducerId, TransportId};
use crate::producer::{Arrival, ProducerParameters, StreamRole};
use crate::reception::SenderClock;
use crate::rtcp::{self, Packet};
use crate::rtp::{Header, MediaKind};
use crate::session::Session;
use crate::socket::SendBatch;
use is::stun::StunMessage;
use std::net::SocketAddr;
use std::time::Instant;

/// RFC 6464 §3: the low seven bits are the level in −dBov.
const LEVEL_MASK: u8 = 0x7F;
/// Packets in 200 ms: six people who speak at once, so that an audio tick holds more than one packet.
const HIGH_AUDIO_LOAD: u32 = 60;
/// A publisher's SSRCs that are remembered: sections × (media, repair, probes of refused layers).
const MAX_BINDINGS: usize = 256;

/// Whether the source address of a check is now one of the transport's.
#[derive(Debug, PartialEq, Eq)]
pub enum Checked {
    Rejected,
    /// The transport is reached there; the other address is one too many and forgotten.
    Accepted {
        forgotten: Option<SocketAddr>,
    },
}

impl Router {
    pub fn handle_stun(
        &mut self,
        id: TransportId,
        message: StunMessage<'_>,
        from: SocketAddr,
        now: Instant,
        out: &mut SendBatch,
    ) -> Checked {
        let checked = self.contain(id, |router| {
            let transport = router.transports.get_mut(&id)?;
            transport.session.handle_stun(message, from, now, out)
        });
        checked.map_or(Checked::Rejected, |forgotten| Checked::Accepted { forgotten })
    }

    pub fn handle_dtls(
        &mut self,
        id: TransportId,
        packet: &[u8],
        from: SocketAddr,
        now: Instant,
        out: &mut SendBatch,
    ) {
        self.with_session(id, now, out, |session, out| session.handle_dtls(packet, from, now, out));
        self.receive_data(id, now, out);
    }

    pub fn handle_timeouts_of_connecting(&mut self, now: Instant, out: &mut SendBatch) {
        let connecting = std::mem::take(&mut self.agenda.connecting);
        self.agenda.connecting = self.for_transports(connecting, Transport::is_connecting, |router, id| {
            router.handle_timeout(id, now, out);
            Some(())
        });
    }

    pub fn handle_timeouts(&mut self, now: Instant, out: &mut SendBatch) {
        for id in self.transports.keys().copied().collect::<Vec<_>>() {
            self.handle_timeout(id, now, out);
        }
    }

    fn handle_timeout(&mut self, id: TransportId, now: Instant, out: &mut SendBatch) {
        self.with_session(id, now, out, |session, out| session.handle_timeout(now, out));
        self.receive_data(id, now, out);
    }

    pub fn handle_rtp(&mut self, id: TransportId, packet: &mut [u8], from: SocketAddr, now: Instant) {
        self.contain(id, |router| router.receive_rtp(id, packet, from, now));
    }

    pub fn handle_rtcp(
        &mut self,
        id: TransportId,
        packet: &mut [u8],
        from: SocketAddr,
        now: Instant,
        out: &mut SendBatch,
    ) {
        self.contain(id, |router| {
            let Transport { session, bindings, .. } = router.transports.get_mut(&id)?;
            let compound = session.open_rtcp(packet, from, now, |ssrc| is_in_use(bindings, ssrc))?;
            for packet in rtcp::parse(compound) {
                router.receive_rtcp(id, &packet, now, out);
            }
            Some(())
        });
    }

    fn receive_rtp(
        &mut self,
        id: TransportId,
        packet: &mut [u8],
        from: SocketAddr,
        now: Instant,
    ) -> Option<()> {
        let seconds = now.saturating_duration_since(self.started).as_secs_f64();
        let Transport { session, bindings, .. } = self.transports.get_mut(&id)?;
        let (header, length) = session.open_rtp(packet, from, now, |ssrc| is_in_use(bindings, ssrc))?;
        let packet = &packet[..header.length + length];
        if note_transport_wide(session, &header, packet, seconds) {
            self.agenda.feedback.insert(id);
        }
        let Some((producer_id, role)) = self.find_producer(id, &header, packet) else {
            self.transports.get_mut(&id)?.session.counters.unknown_packets += 1;
            return None;
        };
        let payload = header.unpad(&packet[header.length..])?;
        let producer = self.producers.get_mut(&producer_id)?;
        let new = producer.receive(&header, payload, role, Arrival { now, seconds });
        self.agenda.note(producer_id, producer);
        if !new {
            return None;
        }
        if producer.pending.len() == 1 {
            self.dirty.push(producer_id);
        }
        if producer.kind() == MediaKind::Audio {
            self.audio_load.packets += 1;
            let level_id = self.transports.get(&id)?.session.extensions.audio_level;
            let level = header.extension(packet, level_id)?.first()?;
            self.speakers.record(producer_id, level & LEVEL_MASK);
        }
        Some(())
    }

    /// By SSRC; a new one by its mid and rid (RFC 8843 §9.2), which are then remembered.
    fn find_producer(
        &mut self,
        id: TransportId,
        header: &Header,
        packet: &[u8],
    ) -> Option<(ProducerId, StreamRole)> {
        let transport = self.transports.get_mut(&id)?;
        if let Some((_, producer, role)) = transport.bindings.iter().find(|(ssrc, ..)| *ssrc == header.ssrc) {
            return Some((*producer, *role));
        }
        let extensions = transport.session.extensions;
        let mid = header.extension(packet, extensions.mid)?;
        let rid = header
            .extension(packet, extensions.rid)
            .or_else(|| header.extension(packet, extensions.repaired_rid));
        let producers = &self.producers;
        let found = transport.producers.iter().find_map(|producer_id| {
            let producer = producers.get(producer_id).filter(|open| open.parameters.mid.as_bytes() == mid)?;
            Some((*producer_id, producer.role(header.payload_type, rid)?))
        });
        let (producer_id, role) = found?;
        if transport.bindings.len() >= MAX_BINDINGS {
            let ignored = transport.bindings.iter().position(|binding| binding.2 == StreamRole::Ignored)?;
            transport.bindings.remove(ignored);
        }
        transport.bindings.push((header.ssrc, producer_id, role));
        if role == StreamRole::Media {
            self.bind(producer_id, header.ssrc);
        }
        Some((producer_id, role))
    }

    /// The producer's media comes under this SSRC. Another one before it is over: what is still on its way under that
    /// one, or repairs it, is of another numbering.
    pub(super) fn bind(&mut self, id: ProducerId, ssrc: u32) {
        let Some(producer) = self.producers.get_mut(&id) else { return };
        if !producer.bind(ssrc) {
            return;
        }
        self.agenda.note(id, producer);
        self.dirty.retain(|dirty| *dirty != id);
        let Some(transport) = self.transports.get_mut(&producer.transport) else { return };
        let ProducerParameters { ssrc: named, rtx_ssrc, .. } = producer.parameters;
        let repair = rtx_ssrc.filter(|_| named == Some(ssrc));
        for binding in &mut transport.bindings {
            if binding.1 == id && binding.0 != ssrc && Some(binding.0) != repair {
                binding.2 = StreamRole::Ignored;
            }
        }
    }

    fn receive_rtcp(&mut self, id: TransportId, packet: &Packet<'_>, now: Instant, out: &mut SendBatch) {
        match packet {
            Packet::SenderReport { ssrc, ntp, rtp } => {
                self.receive_sender_report(id, *ssrc, SenderClock { ntp: *ntp, rtp: *rtp, at: now }, out);
            }
            Packet::Nack { media, entries } => self.resend(id, *media, entries, now, out),
            Packet::PictureLoss { media } => self.receive_picture_loss(id, *media, now, out),
            Packet::FullIntraRequest { media } => {
                for ssrc in media {
                    self.receive_picture_loss(id, *ssrc, now, out);
                }
            }
            Packet::Other => {}
        }
    }

    /// Passes a publisher's clock on to all who receive it, so that their lips and voices match.
    fn receive_sender_report(&mut self, id: TransportId, ssrc: u32, clock: SenderClock, out: &mut SendBatch) {
        let Some(transport) = self.transports.get(&id) else { return };
        let bound = |binding: &&Binding| binding.0 == ssrc && binding.2 == StreamRole::Media;
        let Some((_, producer_id, _)) = transport.bindings.iter().find(bound) else { return };
        let Some(producer) = self.producers.get_mut(producer_id) else { return };
        producer.sender_clock = Some(clock);
        if producer.is_paused() {
            return;
        }
        for (consumer_id, transport) in &producer.consumers {
            let Some(consumer) = self.consumers.get(consumer_id).filter(|consumer| consumer.is_open()) else {
                continue;
            };
            let Some(report) = consumer.sender_report((clock.ntp, clock.rtp), producer.epoch) else {
                continue;
            };
            if let Some(transport) = self.transports.get_mut(transport) {
                transport.session.send_rtcp(report.write(), out);
            }
        }
    }

    fn receive_picture_loss(&mut self, id: TransportId, media: u32, now: Instant, out: &mut SendBatch) {
        let Some(consumer_id) = self.consumer_of(id, media) else { return };
        let Some(consumer) = self.consumers.get_mut(&consumer_id) else { return };
        consumer.counters.plis_received += 1;
        let producer = consumer.producer;
        if consumer.is_open() {
            self.request_key_frame(producer, now, out);
        }
    }

    pub(super) fn consumer_of(&self, id: TransportId, ssrc: u32) -> Option<crate::ids::ConsumerId> {
        let consumers = &self.transports.get(&id)?.consumers;
        let sends = |id: &&_| self.consumers.get(id).is_some_and(|consumer| consumer.parameters.ssrc == ssrc);
        consumers.iter().find(sends).copied()
    }

    /// Every [`super::LEVELS_INTERVAL`] while there is audio.
    pub fn measure_audio(&mut self) {
        self.audio_load.is_high = std::mem::take(&mut self.audio_load.packets) >= HIGH_AUDIO_LOAD;
        if let Some(levels) = self.speakers.update() {
            self.events.push(Event::Levels(self.id, levels));
        }
    }
}

/// Whether a producer receives this SSRC.
fn is_in_use(bindings: &[Binding], ssrc: u32) -> bool {
    bindings.iter().any(|binding| binding.0 == ssrc && binding.2 != StreamRole::Ignored)
}

/// True when the packet is of those that are reported.
fn note_transport_wide(session: &mut Session, header: &Header, packet: &[u8], seconds: f64) -> bool {
    let Some(&[high, low]) = header.extension(packet, session.extensions.transport_wide) else {
        return false;
    };
    let at = (seconds * 1e6) as i64;
    session.transport_wide.record(u16::from_be_bytes([high, low]), header.ssrc, at);
    true
}
