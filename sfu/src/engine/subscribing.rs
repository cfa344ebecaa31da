//! What goes out to a client that receives: our offers, and a consumer for each track.
use super::state::ConsumerEntry;
use super::{Engine, EngineError, Result};
use crate::command::RouterCommand;
use crate::consumer::ConsumerParameters;
use crate::ids::{ConsumerId, ProducerId, TransportId};

impl Engine {
    pub fn consume(
        &self,
        transport: TransportId,
        producer: ProducerId,
        stream: &str,
        track: &str,
    ) -> Result<ConsumerId> {
        let mut state = self.open_state()?;
        let source = state.producers.get(&producer).ok_or(EngineError::Unknown("producer", producer.0))?;
        let (kind, source_router) = (source.kind, source.router);
        let consumer = ConsumerId(state.next_id());
        let subscriber = state.subscriber(transport)?;
        let router = subscriber.router;
        if router != source_router {
            return Err(EngineError::Unknown("producer", producer.0));
        }
        let parameters: ConsumerParameters = subscriber.add_consumer(consumer, kind, stream, track)?;
        state.add_consumer(consumer, ConsumerEntry { router, transport, producer });
        self.command(&state, router, RouterCommand::Consume { consumer, transport, producer, parameters });
        Ok(consumer)
    }

    /// The mid of the consumer's section in every offer from now on.
    pub fn consumer_mid(&self, consumer: ConsumerId) -> Result<String> {
        let mut state = self.open_state()?;
        let unknown = EngineError::Unknown("consumer", consumer.0);
        let Some(transport) = state.consumers.get(&consumer).map(|entry| entry.transport) else {
            return Err(unknown);
        };
        state.subscriber(transport)?.mid(consumer).ok_or(unknown)
    }

    pub fn pause_consumer(&self, consumer: ConsumerId, paused: bool) -> Result<()> {
        let state = self.open_state()?;
        if let Some(entry) = state.consumers.get(&consumer) {
            self.command(&state, entry.router, RouterCommand::PauseConsumer { consumer, paused });
        }
        Ok(())
    }

    pub fn close_consumer(&self, consumer: ConsumerId) -> Result<()> {
        let mut state = self.open_state()?;
        if let Some(router) = state.forget_consumer(consumer) {
            self.command(&state, router, RouterCommand::CloseConsumer(consumer));
        }
        Ok(())
    }

    pub fn offer(&self, transport: TransportId) -> Result<String> {
        Ok(self.open_state()?.subscriber(transport)?.offer())
    }

    pub fn accept_answer(&self, transport: TransportId, sdp: &str) -> Result<()> {
        let mut state = self.open_state()?;
        let subscriber = state.subscriber(transport)?;
        let router = subscriber.router;
        let accepted = subscriber.accept_answer(sdp)?;
        self.command(&state, router, RouterCommand::Connect { transport, remote: accepted.remote });
        for consumer in accepted.consumers {
            self.command(&state, router, RouterCommand::AcceptConsumer(consumer));
        }
        Ok(())
    }
}
