//! A media room's share of one worker: its transports, producers and consumers, and who receives what.
mod agenda;
mod data;
mod feedback;
mod forward;
mod receive;

use crate::budget::Budget;
use crate::command::{RouterCommand, Subject};
use crate::consumer::{Consumer, ConsumerParameters, Progress};
use crate::events::{Event, EventQueue};
use crate::ids::{ConsumerId, IdMap, ProducerId, RouterId, TransportId};
use crate::producer::{Producer, ProducerParameters, StreamRole};
use crate::session::{ExtensionIds, Remote, Session, SessionEvent};
use crate::socket::SendBatch;
use crate::speaker::ActiveSpeakerObserver;
use agenda::Agenda;
use data::{DATA_WINDOW, ROOM_UNITS};
use forward::Leg;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

pub use feedback::LEVELS_INTERVAL;
pub use forward::REPLAY_INTERVAL;
pub use receive::Checked;

/// Which producer an SSRC of a transport belongs to, and what it carries.
type Binding = (u32, ProducerId, StreamRole);

/// A session with what the router knows about it.
struct Transport {
    session: Session,
    bindings: Vec<Binding>,
    producers: Vec<ProducerId>,
    consumers: Vec<ConsumerId>,
    /// Consumers that are being served from the ring, next first.
    replaying: VecDeque<ConsumerId>,
    replay_budget: Budget,
    resend_budget: Budget,
    data_budget: Budget,
}

pub struct Router {
    pub id: RouterId,
    pub events: Vec<Event>,
    /// Sessions that were closed because handling them panicked.
    pub panicked: u64,
    /// Where `events` go at the end of the worker's turn.
    queue: Arc<EventQueue>,
    started: Instant,
    transports: IdMap<TransportId, Transport>,
    producers: IdMap<ProducerId, Producer>,
    consumers: IdMap<ConsumerId, Consumer>,
    /// Producers with packets that wait for `flush`.
    dirty: Vec<ProducerId>,
    agenda: Agenda,
    legs: Vec<Leg>,
    speakers: ActiveSpeakerObserver,
    audio_load: AudioLoad,
    data_budget: Budget,
}

/// How many audio packets come in.
#[derive(Default)]
struct AudioLoad {
    /// Since the last measurement.
    packets: u32,
    /// So many that some come together.
    is_high: bool,
}

impl Router {
    pub fn new(id: RouterId, queue: Arc<EventQueue>, now: Instant) -> Router {
        Router {
            id,
            events: Vec::new(),
            panicked: 0,
            queue,
            started: now,
            transports: IdMap::default(),
            producers: IdMap::default(),
            consumers: IdMap::default(),
            dirty: Vec::new(),
            agenda: Agenda::default(),
            legs: Vec::new(),
            speakers: ActiveSpeakerObserver::default(),
            audio_load: AudioLoad::default(),
            data_budget: Budget::new(ROOM_UNITS, DATA_WINDOW),
        }
    }

    pub fn transports(&self) -> impl Iterator<Item = (TransportId, &Session)> {
        self.transports.iter().map(|(id, transport)| (*id, &transport.session))
    }

    pub fn producers(&self) -> impl Iterator<Item = (ProducerId, &Producer)> {
        self.producers.iter().map(|(id, producer)| (*id, producer))
    }

    pub fn consumers(&self) -> impl Iterator<Item = (ConsumerId, &Consumer)> {
        self.consumers.iter().map(|(id, consumer)| (*id, consumer))
    }

    pub fn has_transports(&self) -> bool {
        !self.transports.is_empty()
    }

    pub fn has_producers(&self) -> bool {
        !self.producers.is_empty()
    }

    pub fn has_audio(&self) -> bool {
        self.audio_load.packets > 0 || self.audio_load.is_high || !self.speakers.is_idle()
    }

    pub fn open_transport(&mut self, id: TransportId, session: Session) {
        self.transports.insert(id, Transport::new(session));
    }

    /// The closed session: its addresses and ufrag are to be forgotten.
    pub fn close_transport(&mut self, id: TransportId) -> Option<Session> {
        let transport = self.transports.remove(&id)?;
        for producer in transport.producers {
            self.close_producer(producer);
        }
        for consumer in transport.consumers {
            self.close_consumer(consumer);
        }
        Some(transport.session)
    }

    pub fn connect(&mut self, id: TransportId, remote: Remote, now: Instant, out: &mut SendBatch) {
        self.agenda.connecting.insert(id);
        self.with_session(id, now, out, |session, out| session.connect(remote, now, out));
    }

    pub fn session(&self, id: TransportId) -> Option<&Session> {
        self.transports.get(&id).map(|transport| &transport.session)
    }

    /// Carries out a command; what is not open any more needs none.
    pub fn run(&mut self, command: RouterCommand, now: Instant, out: &mut SendBatch) {
        let transport = match command.subject() {
            Subject::Transport(id) => Some(id),
            Subject::Producer(id) => self.producers.get(&id).map(|producer| producer.transport),
            Subject::Consumer(id) => self.consumers.get(&id).map(|consumer| consumer.transport),
        };
        if let Some(transport) = transport {
            self.contain(transport, |router| {
                command.run(router, now, out);
                Some(())
            });
        }
    }

    /// Runs something that may panic on one session; a panic ends this session and no other.
    fn contain<T>(&mut self, id: TransportId, action: impl FnOnce(&mut Router) -> Option<T>) -> Option<T> {
        if let Ok(result) = catch_unwind(AssertUnwindSafe(|| action(self))) {
            return result;
        }
        self.panicked += 1;
        let session = self.transports.get_mut(&id).map(|transport| &mut transport.session);
        let session = session.filter(|session| !session.has_failed())?;
        session.disable();
        self.events.push(Event::Failed(id, "internal error".into()));
        None
    }

    fn with_session(
        &mut self,
        id: TransportId,
        now: Instant,
        out: &mut SendBatch,
        action: impl FnOnce(&mut Session, &mut SendBatch) -> Option<SessionEvent>,
    ) {
        self.contain(id, |router| {
            let transport = router.transports.get_mut(&id)?;
            match action(&mut transport.session, out)? {
                SessionEvent::Failed(reason) => router.events.push(Event::Failed(id, reason)),
                SessionEvent::Connected => {
                    router.events.push(Event::Connected(id));
                    for consumer in transport.consumers.clone() {
                        router.start_consumer(consumer, now, out);
                    }
                }
            }
            Some(())
        });
    }

    /// Opens a producer, or gives an open one what a later offer says of its section.
    pub fn produce(&mut self, id: ProducerId, transport: TransportId, parameters: ProducerParameters) {
        let Some(owner) = self.transports.get_mut(&transport) else { return };
        let media = parameters.ssrc.map(|ssrc| (ssrc, id, StreamRole::Media));
        let repair = parameters.rtx_ssrc.map(|ssrc| (ssrc, id, StreamRole::Repair));
        let named: Vec<Binding> = media.into_iter().chain(repair).collect();
        let is_named = |ssrc: u32| named.iter().any(|binding| binding.0 == ssrc);
        let found_by_mid = parameters.ssrc.is_none();
        owner.bindings.retain(|binding| !(is_named(binding.0) || found_by_mid && binding.1 == id));
        owner.bindings.extend(&named);
        let Some(producer) = self.producers.get_mut(&id) else {
            owner.producers.push(id);
            self.producers.insert(id, Producer::new(transport, parameters));
            return;
        };
        let ssrc = parameters.ssrc;
        producer.parameters = parameters;
        if let Some(ssrc) = ssrc {
            self.bind(id, ssrc);
        }
    }

    #[cfg(feature = "test-hooks")]
    pub fn panic_at_rtcp(&mut self, transport: TransportId) {
        if let Some(transport) = self.transports.get_mut(&transport) {
            transport.session.panics_at_rtcp = true;
        }
    }

    pub fn set_extensions(&mut self, transport: TransportId, extensions: ExtensionIds) {
        if let Some(transport) = self.transports.get_mut(&transport) {
            transport.session.extensions = extensions;
        }
    }

    pub fn pause_producer(&mut self, id: ProducerId, paused: bool, now: Instant, out: &mut SendBatch) {
        self.flush(now, out);
        let Some(producer) = self.producers.get_mut(&id) else { return };
        if !producer.set_paused(paused) {
            return;
        }
        self.speakers.remove(id);
        for (consumer, _) in producer.consumers.clone() {
            self.restart_consumer(consumer, now, out);
        }
    }

    pub fn close_producer(&mut self, id: ProducerId) {
        let Some(producer) = self.producers.remove(&id) else { return };
        self.speakers.remove(id);
        self.dirty.retain(|dirty| *dirty != id);
        if let Some(transport) = self.transports.get_mut(&producer.transport) {
            transport.bindings.retain(|binding| binding.1 != id);
            transport.producers.retain(|open| *open != id);
        }
        for (consumer, _) in producer.consumers {
            self.close_consumer(consumer);
        }
    }

    /// Opens a consumer that stays silent until `accept_consumer`; asks at once for the key frame it will begin with.
    pub fn consume(
        &mut self,
        id: ConsumerId,
        transport: TransportId,
        producer: ProducerId,
        parameters: ConsumerParameters,
        now: Instant,
        out: &mut SendBatch,
    ) {
        let (Some(receiver), Some(source)) =
            (self.transports.get_mut(&transport), self.producers.get_mut(&producer))
        else {
            return;
        };
        receiver.consumers.push(id);
        source.consumers.push((id, transport));
        self.consumers.insert(id, Consumer::new(transport, producer, parameters));
        if !source.will_replay(now) {
            self.request_first_key_frame(producer, now, out);
        }
    }

    /// The client has accepted the consumer's section.
    pub fn accept_consumer(&mut self, id: ConsumerId, now: Instant, out: &mut SendBatch) {
        let Some(consumer) = self.consumers.get_mut(&id) else { return };
        if !std::mem::replace(&mut consumer.negotiated, true) {
            self.start_consumer(id, now, out);
        }
    }

    pub fn pause_consumer(&mut self, id: ConsumerId, paused: bool, now: Instant, out: &mut SendBatch) {
        self.flush(now, out);
        let Some(consumer) = self.consumers.get_mut(&id) else { return };
        if std::mem::replace(&mut consumer.paused, paused) != paused {
            self.restart_consumer(id, now, out);
        }
    }

    fn restart_consumer(&mut self, id: ConsumerId, now: Instant, out: &mut SendBatch) {
        if let Some(consumer) = self.consumers.get_mut(&id) {
            consumer.progress = Progress::Waiting;
            if let Some(transport) = self.transports.get_mut(&consumer.transport) {
                transport.replaying.retain(|replaying| *replaying != id);
            }
            self.start_consumer(id, now, out);
        }
    }

    pub fn close_consumer(&mut self, id: ConsumerId) {
        let Some(consumer) = self.consumers.remove(&id) else { return };
        if let Some(producer) = self.producers.get_mut(&consumer.producer) {
            producer.consumers.retain(|(open, _)| *open != id);
        }
        if let Some(transport) = self.transports.get_mut(&consumer.transport) {
            transport.consumers.retain(|open| *open != id);
            transport.replaying.retain(|replaying| *replaying != id);
        }
    }
}
