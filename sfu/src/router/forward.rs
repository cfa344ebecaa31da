//! From the ring to the clients: live packets subscriber by subscriber, replays at their pace, retransmissions.
use super::data::{DATA_WINDOW, SENDER_UNITS};
use super::{Router, Transport};
use crate::budget::Budget;
use crate::consumer::{Consumer, Progress};
use crate::ids::{ConsumerId, ProducerId, TransportId};
use crate::producer::{MAX_PAYLOAD, Producer};
use crate::ring::Packet;
use crate::rtcp::{NackEntries, SenderReport};
use crate::rtp::{HEADER_LENGTH, MediaKind};
use crate::session::Session;
use crate::socket::SendBatch;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// All replays of a receiver together give it this many packets per step: a whole group of pictures at once, or nine
/// cameras' groups, overflow its buffers and its way down.
const REPLAY_BURST: usize = 32;
pub const REPLAY_INTERVAL: Duration = Duration::from_millis(4);
/// Retransmissions to one receiver in [`RESEND_WINDOW`]: losing more than this, repair does not help.
const RESEND_LIMIT: usize = 300;
const RESEND_WINDOW: Duration = Duration::from_millis(100);

/// With fewer receivers of what is pending, collecting packets costs more time than it saves work.
const TICK_RECEIVERS: usize = 10;
/// The packets of a frame leave a publisher within about this.
const VIDEO_TICK: Duration = Duration::from_millis(2);
/// In this time several of many speakers send.
const AUDIO_TICK: Duration = Duration::from_millis(5);
/// Video packets that differ by less are padded to equal length, so that one message carries them. A browser's frame
/// comes as packets of equal size and a last one that is a byte longer.
const SIZE_CLASS: usize = 16;
const SIZE_CLASSES: usize = MAX_PAYLOAD / SIZE_CLASS + 2;

/// One subscriber's share of one producer, in the order of sending: by transport.
pub(super) type Leg = (TransportId, ConsumerId, ProducerId);

impl Router {
    pub fn has_pending(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// How long collecting more packets before a flush pays. `None`: what is pending goes at once, because few receive
    /// it, or because it is the voices of few.
    pub fn tick(&self) -> Option<Duration> {
        let pending = || self.dirty.iter().filter_map(|id| self.producers.get(id));
        if pending().map(|producer| producer.consumers.len()).sum::<usize>() < TICK_RECEIVERS {
            return None;
        }
        if pending().any(|producer| producer.kind() == MediaKind::Video) {
            return Some(VIDEO_TICK);
        }
        self.audio_load.is_high.then_some(AUDIO_TICK)
    }

    /// Writes down how much padding makes the pending packets equal: audio up to the longest, video up to the longest
    /// of its size class, and none beyond what goes that way anyhow.
    fn pad_pending(&mut self) {
        let mut audio_length = 0;
        let mut video_lengths = [0; SIZE_CLASSES];
        for producer in self.dirty.iter().filter_map(|id| self.producers.get(id)) {
            for length in producer.pending_lengths() {
                let longest = match producer.kind() {
                    MediaKind::Audio => &mut audio_length,
                    MediaKind::Video => &mut video_lengths[size_class(length)],
                };
                *longest = length.max(*longest);
            }
        }
        for id in &self.dirty {
            match self.producers.get_mut(id) {
                Some(producer) if producer.kind() == MediaKind::Video => pad_video(producer, &video_lengths),
                Some(producer) => producer.pad_pending(|length| audio_length - length),
                None => {}
            }
        }
    }

    /// Sends everything pending, subscriber by subscriber, so that equal packets become one message.
    pub fn flush(&mut self, now: Instant, out: &mut SendBatch) {
        if self.dirty.is_empty() {
            return;
        }
        if out.merges_equal_packets() {
            self.pad_pending();
        }
        let mut legs = std::mem::take(&mut self.legs);
        for producer_id in &self.dirty {
            let Some(producer) = self.producers.get(producer_id) else { continue };
            legs.extend(
                producer.consumers.iter().map(|(consumer, transport)| (*transport, *consumer, *producer_id)),
            );
        }
        legs.sort_unstable();
        for leg in legs.drain(..) {
            self.contain(leg.0, |router| router.forward_pending(leg, now, out));
        }
        self.legs = legs;
        for producer_id in self.dirty.drain(..) {
            if let Some(producer) = self.producers.get_mut(&producer_id) {
                producer.pending.clear();
            }
        }
    }

    fn forward_pending(
        &mut self,
        (transport, consumer, producer): Leg,
        now: Instant,
        out: &mut SendBatch,
    ) -> Option<()> {
        let producer = self.producers.get(&producer)?;
        let consumer = self.consumers.get_mut(&consumer).filter(|consumer| consumer.is_open())?;
        let session = &mut self.transports.get_mut(&transport)?.session;
        let destination = session.destination()?;
        for pending in &producer.pending {
            let Some(packet) = producer.ring.get(pending.sequence) else { continue };
            if is_due(consumer, packet, producer, now) {
                send(consumer, packet, pending.padding.into(), session, destination, now, out);
            }
        }
        Some(())
    }

    /// Lets packets flow to a consumer that is open on a connected transport: from the last key frame if the ring
    /// holds it, else from the next one, which is asked for.
    pub(super) fn start_consumer(&mut self, id: ConsumerId, now: Instant, out: &mut SendBatch) {
        // What is pending must not be sent a second time by the replay.
        self.flush(now, out);
        let Some(consumer) = self.consumers.get_mut(&id).filter(|consumer| consumer.is_open()) else {
            return;
        };
        let Some(producer) = self.producers.get(&consumer.producer) else { return };
        let Some(transport) = self.transports.get_mut(&consumer.transport) else { return };
        if !transport.session.is_connected() || producer.is_paused() || consumer.progress != Progress::Waiting
        {
            return;
        }
        if let Some(report) = extrapolated_report(producer, consumer, now) {
            transport.session.send_rtcp(report.write(), out);
        }
        if producer.kind() == MediaKind::Audio {
            return;
        }
        let start = producer.replay_start(consumer.last_source(producer.epoch), now);
        let Some((next, packet)) = start.and_then(|start| Some((start, producer.ring.get(start)?))) else {
            let producer = consumer.producer;
            if consumer.has_begun() {
                self.request_key_frame(producer, now, out);
            } else {
                self.request_first_key_frame(producer, now, out);
            }
            return;
        };
        consumer.begin(packet, producer.epoch, now);
        consumer.progress = Progress::Replaying { next };
        transport.replaying.push_back(id);
        let transport = consumer.transport;
        self.agenda.replays.insert(transport);
        self.contain(transport, |router| router.replay(transport, now, out));
    }

    /// The next packets of every replay, behind everything live.
    pub fn continue_replays(&mut self, now: Instant, out: &mut SendBatch) {
        self.flush(now, out);
        let replaying = std::mem::take(&mut self.agenda.replays);
        self.agenda.replays =
            self.for_transports(replaying, Transport::is_replaying, |router, id| router.replay(id, now, out));
    }

    /// What the budget of this receiver allows, in turn from each of its replays.
    fn replay(&mut self, id: TransportId, now: Instant, out: &mut SendBatch) -> Option<()> {
        let Transport { session, replaying, replay_budget, .. } = self.transports.get_mut(&id)?;
        let destination = session.destination()?;
        let share = replay_budget.left(now).div_ceil(replaying.len().max(1));
        for _ in 0..replaying.len() {
            let burst = share.min(replay_budget.left(now));
            if burst == 0 {
                break;
            }
            let next = replaying.pop_front()?;
            let Some(consumer) = self.consumers.get_mut(&next) else { continue };
            let Some(producer) = self.producers.get(&consumer.producer) else { continue };
            replay_budget.spend(replay_some(consumer, producer, burst, session, destination, now, out));
            if matches!(consumer.progress, Progress::Replaying { .. }) {
                replaying.push_back(next);
            }
        }
        Some(())
    }

    /// Answers a subscriber's NACK from the ring (RFC 4588).
    pub(super) fn resend(
        &mut self,
        id: TransportId,
        media: u32,
        entries: &NackEntries<'_>,
        now: Instant,
        out: &mut SendBatch,
    ) {
        let Some(consumer_id) = self.consumer_of(id, media) else { return };
        let Some(consumer) = self.consumers.get_mut(&consumer_id).filter(|consumer| consumer.is_open())
        else {
            return;
        };
        let Some(producer) = self.producers.get(&consumer.producer).filter(|open| !open.is_paused()) else {
            return;
        };
        let Some(transport) = self.transports.get_mut(&id) else { return };
        let Some(destination) = transport.session.destination() else { return };
        for sequence in entries.sequences() {
            consumer.counters.nacks_received += 1;
            if transport.resend_budget.left(now) == 0 {
                continue;
            }
            let source = consumer.resend_source(sequence, now);
            let Some(packet) = source.and_then(|source| producer.ring.get(source)) else { continue };
            let Some(written) = consumer.write_resend(packet, out.buffer()) else { continue };
            transport.resend_budget.spend(1);
            transport.session.send_rtp(
                destination,
                HEADER_LENGTH,
                written.length,
                written.ssrc,
                written.index,
                out,
            );
        }
    }
}

impl Transport {
    pub(super) fn new(session: Session) -> Transport {
        Transport {
            session,
            bindings: Vec::new(),
            producers: Vec::new(),
            consumers: Vec::new(),
            replaying: VecDeque::new(),
            replay_budget: Budget::new(REPLAY_BURST, REPLAY_INTERVAL),
            resend_budget: Budget::new(RESEND_LIMIT, RESEND_WINDOW),
            data_budget: Budget::new(SENDER_UNITS, DATA_WINDOW),
        }
    }
}

fn size_class(length: usize) -> usize {
    length.div_ceil(SIZE_CLASS)
}

/// Where two neighbours are of one size class and not as long, all are padded to the longest of their classes.
fn pad_video(producer: &mut Producer, longest: &[usize; SIZE_CLASSES]) {
    let lengths: Vec<usize> = producer.pending_lengths().collect();
    let pays = |pair: &[usize]| pair[0] != pair[1] && size_class(pair[0]) == size_class(pair[1]);
    if lengths.windows(2).any(pays) {
        producer.pad_pending(|length| longest[size_class(length)] - length);
    }
}

/// Whether a live packet goes to this consumer now. Starts a waiting one; whoever followed an SSRC that another has
/// replaced waits too.
fn is_due(consumer: &mut Consumer, packet: &Packet, producer: &Producer, now: Instant) -> bool {
    if !consumer.is_of_epoch(producer.epoch) {
        consumer.progress = Progress::Waiting;
    }
    match consumer.progress {
        Progress::Live => true,
        Progress::Replaying { next } => packet.sequence < next,
        Progress::Waiting => {
            let may_begin = producer.kind() == MediaKind::Audio || packet.starts_key_frame;
            if may_begin {
                consumer.begin(packet, producer.epoch, now);
                consumer.progress = Progress::Live;
            }
            may_begin
        }
    }
}

/// At most `burst` packets of a replay; how many. Its progress says whether more are to come.
fn replay_some(
    consumer: &mut Consumer,
    producer: &Producer,
    burst: usize,
    session: &mut Session,
    destination: std::net::SocketAddr,
    now: Instant,
    out: &mut SendBatch,
) -> usize {
    let Progress::Replaying { mut next } = consumer.progress else { return 0 };
    let Some(highest) = producer.highest().filter(|_| consumer.is_of_epoch(producer.epoch)) else {
        consumer.progress = Progress::Waiting;
        return 0;
    };
    let mut sent = 0;
    while next <= highest && sent < burst {
        if let Some(packet) = producer.ring.get(next) {
            send(consumer, packet, 0, session, destination, now, out);
            sent += 1;
        }
        next += 1;
    }
    consumer.progress = if next <= highest { Progress::Replaying { next } } else { Progress::Live };
    sent
}

fn send(
    consumer: &mut Consumer,
    packet: &Packet,
    padding: usize,
    session: &mut Session,
    destination: std::net::SocketAddr,
    now: Instant,
    out: &mut SendBatch,
) {
    if let Some(written) = consumer.write(packet, padding, out.buffer(), now) {
        session.send_rtp(destination, HEADER_LENGTH, written.length, written.ssrc, written.index, out);
    }
}

/// The publisher's clock as it must be by now: a client cannot match lips before its first report.
fn extrapolated_report(producer: &Producer, consumer: &Consumer, now: Instant) -> Option<SenderReport> {
    let clock = producer.sender_clock?.extrapolate(now, producer.kind().clock_rate());
    consumer.sender_report(clock, producer.epoch)
}
