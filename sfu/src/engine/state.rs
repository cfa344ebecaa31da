//! What is open: who belongs to whom, on the caller's side.
use super::publisher::Publisher;
use super::subscriber::Subscriber;
use super::{EngineError, Result};
use crate::ids::{ConsumerId, IdMap, IdSet, ProducerId, RouterId, TransportId};
use crate::rtp::MediaKind;

pub(super) struct ProducerEntry {
    pub(super) router: RouterId,
    pub(super) transport: TransportId,
    pub(super) kind: MediaKind,
    pub(super) consumers: IdSet<ConsumerId>,
}

pub(super) struct ConsumerEntry {
    pub(super) router: RouterId,
    pub(super) transport: TransportId,
    pub(super) producer: ProducerId,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) closed: bool,
    last_id: u32,
    /// The worker of each router.
    pub(super) routers: IdMap<RouterId, usize>,
    pub(super) publishers: IdMap<TransportId, Publisher>,
    pub(super) subscribers: IdMap<TransportId, Subscriber>,
    pub(super) producers: IdMap<ProducerId, ProducerEntry>,
    pub(super) consumers: IdMap<ConsumerId, ConsumerEntry>,
}

impl State {
    pub(super) fn next_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn publisher(&mut self, id: TransportId) -> Result<&mut Publisher> {
        self.publishers.get_mut(&id).ok_or(EngineError::Unknown("publisher", id.0))
    }

    pub(super) fn subscriber(&mut self, id: TransportId) -> Result<&mut Subscriber> {
        self.subscribers.get_mut(&id).ok_or(EngineError::Unknown("subscriber", id.0))
    }

    /// Its router, if it was open.
    pub(super) fn forget_producer(&mut self, id: ProducerId) -> Option<RouterId> {
        let entry = self.producers.remove(&id)?;
        if let Some(publisher) = self.publishers.get_mut(&entry.transport) {
            publisher.remove_producer(id);
        }
        for consumer in entry.consumers {
            self.forget_consumer(consumer);
        }
        Some(entry.router)
    }

    pub(super) fn add_consumer(&mut self, id: ConsumerId, entry: ConsumerEntry) {
        if let Some(producer) = self.producers.get_mut(&entry.producer) {
            producer.consumers.insert(id);
        }
        self.consumers.insert(id, entry);
    }

    pub(super) fn forget_consumer(&mut self, id: ConsumerId) -> Option<RouterId> {
        let entry = self.consumers.remove(&id)?;
        if let Some(subscriber) = self.subscribers.get_mut(&entry.transport) {
            subscriber.remove_consumer(id);
        }
        if let Some(producer) = self.producers.get_mut(&entry.producer) {
            producer.consumers.remove(&id);
        }
        Some(entry.router)
    }

    /// Transports end with all that they own; it costs by what they own, not by what else the engine has open.
    pub(super) fn forget_transport(&mut self, id: TransportId) -> Option<RouterId> {
        if let Some(publisher) = self.publishers.remove(&id) {
            for producer in publisher.producers() {
                self.forget_producer(producer);
            }
            return Some(publisher.router);
        }
        let subscriber = self.subscribers.remove(&id)?;
        for consumer in subscriber.consumers() {
            self.forget_consumer(consumer);
        }
        Some(subscriber.router)
    }
}
