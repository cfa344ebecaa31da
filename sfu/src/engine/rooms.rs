//! Routers, one for each room, and the transports of those in it.
use super::publisher::Publisher;
use super::state::State;
use super::subscriber::Subscriber;
use super::{Engine, EngineError, Result, random_u32};
use crate::command::{Command, TransportOpening};
use crate::ice::Credentials;
use crate::ids::{RouterId, TransportId};
use crate::sdp::Local;
use crate::session::Direction;

impl Engine {
    pub fn open_router(&self) -> Result<RouterId> {
        let mut state = self.open_state()?;
        let id = RouterId(state.next_id());
        let routers = |worker: &usize| state.routers.values().filter(|of| *of == worker).count();
        let worker = (0..self.workers.len()).min_by_key(routers).unwrap_or(0);
        state.routers.insert(id, worker);
        self.workers[worker].send(Command::OpenRouter(id));
        Ok(id)
    }

    pub fn close_router(&self, router: RouterId) -> Result<()> {
        let mut state = self.open_state()?;
        let Some(worker) = state.routers.remove(&router) else { return Ok(()) };
        state.publishers.retain(|_, publisher| publisher.router != router);
        state.subscribers.retain(|_, subscriber| subscriber.router != router);
        state.producers.retain(|_, producer| producer.router != router);
        state.consumers.retain(|_, consumer| consumer.router != router);
        self.workers[worker].send(Command::CloseRouter(router));
        Ok(())
    }

    pub fn open_publisher(&self, router: RouterId) -> Result<TransportId> {
        let mut state = self.open_state()?;
        let (transport, local) = self.open_transport(&mut state, router, Direction::Publisher)?;
        state.publishers.insert(transport, Publisher::new(router, local));
        Ok(transport)
    }

    pub fn open_subscriber(&self, router: RouterId) -> Result<TransportId> {
        let mut state = self.open_state()?;
        let (transport, local) = self.open_transport(&mut state, router, Direction::Subscriber)?;
        state.subscribers.insert(transport, Subscriber::new(router, local));
        Ok(transport)
    }

    fn open_transport(
        &self,
        state: &mut State,
        router: RouterId,
        direction: Direction,
    ) -> Result<(TransportId, Local)> {
        let worker = *state.routers.get(&router).ok_or(EngineError::Unknown("router", router.0))?;
        let transport = TransportId(state.next_id());
        let credentials = Credentials::random_of(worker);
        let local = Local {
            session_id: random_u32(),
            credentials: credentials.clone(),
            fingerprint: self.identity.fingerprint.clone(),
            candidates: self.workers[worker].candidates.clone(),
            tcp_port: self.tcp_port,
        };
        let opening = TransportOpening { router, transport, direction, credentials };
        self.workers[worker].send(Command::OpenTransport(opening));
        Ok((transport, local))
    }

    pub fn close_transport(&self, transport: TransportId) -> Result<()> {
        let mut state = self.open_state()?;
        let Some(router) = state.forget_transport(transport) else { return Ok(()) };
        let worker = state.routers.get(&router).copied();
        if let Some(worker) = worker {
            self.workers[worker].send(Command::CloseTransport { router, transport });
        }
        Ok(())
    }
}
