//! The way into the engine, on the caller's thread: makes ids, reads and writes SDP, queues commands.
//! Only `stats` and `close` wait for a media thread's answer. A thread that is thousands of commands behind makes whoever
//! has another for it wait.
mod publisher;
mod publishing;
mod rooms;
mod state;
mod subscriber;
mod subscribing;
mod tcp_handle;
#[cfg(feature = "test-hooks")]
mod test_hooks;
mod worker_handle;

pub use publisher::OfferedTrack;

use crate::command::{Barrier, Command, RouterCommand};
use crate::dtls::Identity;
use crate::events::{Event, EventQueue};
use crate::ids::{RouterId, TransportId};
use crate::sdp::SdpError;
use crate::socket::SOCKET_BUFFER;
use crate::stats::WorkerStats;
use state::State;
use std::io;
use std::net::IpAddr;
use std::os::fd::RawFd;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
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

    fn command(&self, state: &State, router: RouterId, command: RouterCommand) {
        if let Some(worker) = state.routers.get(&router) {
            self.workers[*worker].send(Command::InRouter(router, command));
        }
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
