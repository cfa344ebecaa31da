//! The way into the engine, on the caller's thread: makes ids, reads and writes SDP, queues commands.
//! Only `stats` and `close` wait for a media thread's answer. A thread that is thousands of commands behind makes whoever
//! has another for it wait.
mod publisher;
mod state;
mod subscriber;
mod tcp_handle;
#[cfg(feature = "test-hooks")]
mod test_hooks;
mod worker_handle;

pub use publisher::OfferedTrack;

use crate::command::{Barrier, Command, RouterCommand, TransportOpening};
use crate::consumer::ConsumerParameters;
use crate::dtls::Identity;
use crate::events::{Event, EventQueue};
use crate::ice::Credentials;
use crate::ids::{ConsumerId, ProducerId, RouterId, TransportId};
use crate::sdp::{Local, SdpError};
use crate::session::Direction;
use crate::socket::SOCKET_BUFFER;
use crate::stats::WorkerStats;
use publisher::Publisher;
use state::{ConsumerEntry, ProducerEntry, State};
use std::io;
use std::net::IpAddr;
use std::os::fd::RawFd;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use subscriber::Subscriber;
use tcp_handle::TcpHandle;
use worker_handle::WorkerHandle;

const STATS_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineError {
    Closed,
    /// A media thread has ended by itself.
    WorkerFailed,
    /// No such router, transport, producer or consumer is open.
    Unknown(&'static str, u32),
    Sdp(String),
}

impl From<SdpError> for EngineError {
    fn from(error: SdpError) -> EngineError {
        EngineError::Sdp(error.0)
    }
}

type Result<T> = std::result::Result<T, EngineError>;

/// Where the engine listens and what it tells clients.
#[derive(Clone, Debug)]
pub struct Configuration {
    pub host: IpAddr,
    /// 0: any free port. Worker n binds `port + n`.
    pub port: u16,
    /// Addresses for our candidates, best first.
    pub announce: Vec<IpAddr>,
    pub workers: usize,
    /// Lets the kernel split and join packets (UDP_SEGMENT, UDP_GRO) where it can.
    pub offload: bool,
    /// Where the program accepts streams for [`Engine::take_stream`]; without it none are announced.
    pub tcp_port: Option<u16>,
}

pub struct Engine {
    state: Mutex<State>,
    workers: Vec<WorkerHandle>,
    tcp: Option<TcpHandle>,
    tcp_port: Option<u16>,
    identity: Identity,
    events: Arc<EventQueue>,
    port: u16,
}

impl Engine {
    pub fn start(configuration: &Configuration) -> io::Result<Engine> {
        let identity = Identity::generate().map_err(io::Error::other)?;
        let events = Arc::new(EventQueue::new()?);
        let mut engine = Engine {
            state: Mutex::default(),
            workers: Vec::new(),
            tcp: None,
            tcp_port: configuration.tcp_port,
            identity,
            events,
            port: configuration.port,
        };
        for number in 0..configuration.workers.max(1) {
            let worker = WorkerHandle::start(configuration, number, &engine.identity, &engine.events)?;
            engine.workers.push(worker);
        }
        if configuration.tcp_port.is_some() {
            let bound: Vec<_> = engine.workers.iter().map(|worker| worker.bound).collect();
            engine.tcp = Some(TcpHandle::start(&bound)?);
        }
        engine.port = engine.workers[0].candidates[0].port();
        Ok(engine)
    }

    /// UDP port of the first worker.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Bytes that the kernel gave a media port for what arrives, and that it was asked for.
    pub fn receive_buffer(&self) -> (i32, i32) {
        (self.workers[0].receive_buffer, SOCKET_BUFFER)
    }

    pub fn event_fd(&self) -> RawFd {
        self.events.fd()
    }

    pub fn drain(&self) -> Vec<Event> {
        self.events.drain()
    }

    /// Ends the media threads and waits for them. Idempotent.
    pub fn close(&self) {
        self.state().closed = true;
        for worker in &self.workers {
            worker.send(Command::Stop);
        }
        for worker in &self.workers {
            worker.join();
        }
        if let Some(tcp) = &self.tcp {
            tcp.close();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_state(&self) -> Result<MutexGuard<'_, State>> {
        let state = self.state();
        if state.closed { Err(EngineError::Closed) } else { Ok(state) }
    }

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
        let publisher = state.publishers.remove(&transport).map(|publisher| publisher.router);
        let subscriber = state.subscribers.remove(&transport).map(|subscriber| subscriber.router);
        let Some(router) = publisher.or(subscriber) else { return Ok(()) };
        let owned =
            |(id, producer): (&ProducerId, &ProducerEntry)| (producer.transport == transport).then_some(*id);
        for producer in state.producers.iter().filter_map(owned).collect::<Vec<_>>() {
            state.forget_producer(producer);
        }
        state.consumers.retain(|_, consumer| consumer.transport != transport);
        let worker = state.routers.get(&router).copied();
        if let Some(worker) = worker {
            self.workers[worker].send(Command::CloseTransport { router, transport });
        }
        Ok(())
    }

    fn command(&self, state: &State, router: RouterId, command: RouterCommand) {
        if let Some(worker) = state.routers.get(&router) {
            self.workers[*worker].send(Command::InRouter(router, command));
        }
    }

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
        state.producers.insert(producer, ProducerEntry { router, transport, kind });
        self.command(&state, router, RouterCommand::SetExtensions { transport, extensions });
        self.command(&state, router, RouterCommand::Produce { producer, transport, parameters });
        Ok(producer)
    }

    pub fn answer(&self, transport: TransportId) -> Result<String> {
        let mut state = self.open_state()?;
        let publisher = state.publisher(transport)?;
        let router = publisher.router;
        let answer = publisher.answer()?;
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
        state.consumers.insert(consumer, ConsumerEntry { router, transport, producer });
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

    /// Who of them is gone, or not connected yet, gets nothing.
    pub fn send_data(
        &self,
        router: RouterId,
        transports: Vec<TransportId>,
        reliable: bool,
        payload: Vec<u8>,
    ) -> Result<()> {
        let state = self.open_state()?;
        if let Some(worker) = state.routers.get(&router) {
            self.workers[*worker].send(Command::SendData { router, transports, reliable, payload });
        }
        Ok(())
    }

    /// The event `Barrier(token)` comes when all earlier commands are in force, or `WorkerFailed` if it cannot.
    pub fn barrier(&self, token: u64) -> Result<()> {
        let _state = self.open_state()?;
        let barrier = Arc::new(Barrier::new(token, self.workers.len()));
        let sent = self.workers.iter().all(|worker| worker.send(Command::Barrier(barrier.clone())));
        if sent { Ok(()) } else { Err(EngineError::WorkerFailed) }
    }

    /// Waits for the media threads.
    pub fn stats(&self) -> Result<WorkerStats> {
        let (reply, replies) = mpsc::channel();
        {
            let _state = self.open_state()?;
            if !self.workers.iter().all(|worker| worker.send(Command::Stats(reply.clone()))) {
                return Err(EngineError::WorkerFailed);
            }
        }
        drop(reply);
        let mut stats = WorkerStats::default();
        for _ in &self.workers {
            stats.merge(replies.recv_timeout(STATS_TIMEOUT).map_err(|_| EngineError::WorkerFailed)?);
        }
        Ok(stats)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

fn random_u32() -> u32 {
    let mut bytes = [0; 4];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system has random numbers");
    u32::from_ne_bytes(bytes)
}
