//! Counters, copied on the media thread.
use crate::ids::{ConsumerId, ProducerId, RouterId, TransportId};
use crate::router::Router;
use crate::rtp::MediaKind;
use crate::session::SessionCounters;
use crate::srtp::Profile;

#[derive(Clone, Debug, Default)]
pub struct WorkerStats {
    pub socket: SocketStats,
    pub transports: Vec<(TransportId, TransportStats)>,
    pub producers: Vec<(ProducerId, ProducerStats)>,
    pub consumers: Vec<(ConsumerId, ConsumerStats)>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct SocketStats {
    pub packets_received: u64,
    pub packets_sent: u64,
    pub messages_sent: u64,
    pub send_errors: u64,
    pub packets_dropped: u64,
    pub sessions_panicked: u64,
}

#[derive(Clone, Debug)]
pub struct TransportStats {
    pub router: RouterId,
    pub connected: bool,
    pub profile: Option<Profile>,
    pub counters: SessionCounters,
}

#[derive(Clone, Debug)]
pub struct ProducerStats {
    pub transport: TransportId,
    pub kind: MediaKind,
    pub paused: bool,
    pub packets: u64,
    pub bytes: u64,
    pub lost: u64,
    pub nacks_sent: u64,
    pub plis_sent: u64,
    pub rtx_received: u64,
    pub key_frames: u64,
    pub width: u16,
    pub height: u16,
}

#[derive(Clone, Debug)]
pub struct ConsumerStats {
    pub transport: TransportId,
    pub producer: ProducerId,
    pub paused: bool,
    pub packets: u64,
    pub bytes: u64,
    pub nacks_received: u64,
    pub plis_received: u64,
    pub rtx_sent: u64,
}

impl WorkerStats {
    pub fn add_router(&mut self, router: &Router) {
        self.socket.sessions_panicked += router.panicked;
        self.transports.extend(router.transports().map(|(id, session)| {
            let stats = TransportStats {
                router: router.id,
                connected: session.is_connected(),
                profile: session.profile(),
                counters: session.counters,
            };
            (id, stats)
        }));
        self.producers.extend(router.producers().map(|(id, producer)| {
            let counters = &producer.counters;
            let stats = ProducerStats {
                transport: producer.transport,
                kind: producer.kind(),
                paused: producer.is_paused(),
                packets: producer.reception.packets + producer.reception.repaired,
                bytes: counters.bytes,
                lost: producer.reception.missing(),
                nacks_sent: counters.nacks_sent,
                plis_sent: counters.plis_sent,
                rtx_received: counters.rtx_received,
                key_frames: counters.key_frames,
                width: counters.size.0,
                height: counters.size.1,
            };
            (id, stats)
        }));
        self.consumers.extend(router.consumers().map(|(id, consumer)| {
            let counters = &consumer.counters;
            let stats = ConsumerStats {
                transport: consumer.transport,
                producer: consumer.producer,
                paused: consumer.paused,
                packets: counters.packets,
                bytes: counters.bytes,
                nacks_received: counters.nacks_received,
                plis_received: counters.plis_received,
                rtx_sent: counters.rtx_sent,
            };
            (id, stats)
        }));
    }

    /// Adds what another worker counted.
    pub fn merge(&mut self, other: WorkerStats) {
        self.socket.packets_received += other.socket.packets_received;
        self.socket.packets_sent += other.socket.packets_sent;
        self.socket.messages_sent += other.socket.messages_sent;
        self.socket.send_errors += other.socket.send_errors;
        self.socket.packets_dropped += other.socket.packets_dropped;
        self.socket.sessions_panicked += other.socket.sessions_panicked;
        self.transports.extend(other.transports);
        self.producers.extend(other.producers);
        self.consumers.extend(other.consumers);
    }
}
