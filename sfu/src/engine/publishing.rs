//! What comes in from a client that sends: its offers, and a producer for each track.
use super::publisher::OfferedTrack;
use super::state::ProducerEntry;
use super::{Engine, Result};
use crate::command::RouterCommand;
use crate::ids::{IdSet, ProducerId, TransportId};

impl Engine {
    pub fn read_offer(&self, transport: TransportId, sdp: &str) -> Result<Vec<OfferedTrack>> {
        self.open_state()?.publisher(transport)?.read_offer(sdp)
    }

    pub fn produce(&self, transport: TransportId, mid: &str) -> Result<ProducerId> {
        let mut state = self.open_state()?;
        if let Some(open) = state.publisher(transport)?.producer(mid) {
            return Ok(open);
        }
        let parameters = state.publisher(transport)?.parameters(mid)?;
        let producer = ProducerId(state.next_id());
        let publisher = state.publisher(transport)?;
        publisher.add_producer(producer, parameters.clone());
        let extensions = publisher.extensions();
        let (router, kind) = (publisher.router, parameters.kind);
        let entry = ProducerEntry { router, transport, kind, consumers: IdSet::default() };
        state.producers.insert(producer, entry);
        self.command(&state, router, RouterCommand::SetExtensions { transport, extensions });
        self.command(&state, router, RouterCommand::Produce { producer, transport, parameters });
        Ok(producer)
    }

    pub fn answer(&self, transport: TransportId, without_dtx: &[String]) -> Result<String> {
        let mut state = self.open_state()?;
        let publisher = state.publisher(transport)?;
        let router = publisher.router;
        let answer = publisher.answer(without_dtx)?;
        for (producer, parameters) in answer.changed {
            self.command(&state, router, RouterCommand::Produce { producer, transport, parameters });
        }
        self.command(&state, router, RouterCommand::Connect { transport, remote: answer.remote });
        Ok(answer.sdp)
    }

    pub fn pause_producer(&self, producer: ProducerId, paused: bool) -> Result<()> {
        let state = self.open_state()?;
        if let Some(entry) = state.producers.get(&producer) {
            self.command(&state, entry.router, RouterCommand::PauseProducer { producer, paused });
        }
        Ok(())
    }

    pub fn close_producer(&self, producer: ProducerId) -> Result<()> {
        let mut state = self.open_state()?;
        if let Some(router) = state.forget_producer(producer) {
            self.command(&state, router, RouterCommand::CloseProducer(producer));
        }
        Ok(())
    }

    pub fn request_key_frame(&self, producer: ProducerId) -> Result<()> {
        let state = self.open_state()?;
        if let Some(entry) = state.producers.get(&producer) {
            self.command(&state, entry.router, RouterCommand::RequestKeyFrame(producer));
        }
        Ok(())
    }
}
