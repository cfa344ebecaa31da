//! What is open: who belongs to whom, on the caller's side.
use super::publisher::Publisher;
use super::subscriber::Subscriber;
use super::{EngineError, Result};
use crate::ids::{ConsumerId, IdMap, ProducerId, RouterId, TransportId};
use crate::rtp::MediaKind;

pub(super) struct ProducerEntry {
    pub(super) router: RouterId,
    pub(super) transport: TransportId,
    pub(super) kind: MediaKind,
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
        let fed =
            |(consumer, entry): (&ConsumerId, &ConsumerEntry)| (entry.producer == id).then_some(*consumer);
        for consumer in self.consumers.iter().filter_map(fed).collect::<Vec<_>>() {
            self.forget_consumer(consumer);
        }
        Some(entry.router)
    }

    pub(super) fn forget_consumer(&mut self, id: ConsumerId) -> Option<RouterId> {
        let entry = self.consumers.remove(&id)?;
        if let Some(subscriber) = self.subscribers.get_mut(&entry.transport) {
            subscriber.remove_consumer(id);
        }
        Some(entry.router)
    }
}
