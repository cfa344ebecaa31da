//! A media thread as its caller sees it.
use super::Configuration;
use crate::command::Command;
use crate::dtls::Identity;
use crate::events::{Event, EventQueue};
use crate::socket::{EventFd, MediaPort};
use crate::worker::{Worker, WorkerParts};
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Commands that may wait for a media thread before callers do.
const COMMAND_QUEUE: usize = 4_096;

pub(super) struct WorkerHandle {
    commands: SyncSender<Command>,
    wakeup: Arc<EventFd>,
    thread: Mutex<Option<JoinHandle<()>>>,
    pub(super) candidates: Vec<SocketAddr>,
    pub(super) bound: SocketAddr,
    pub(super) receive_buffer: i32,
}

impl WorkerHandle {
    /// Binds the port of worker `number` and starts its thread.
    pub(super) fn start(
        configuration: &Configuration,
        number: usize,
        identity: &Identity,
        events: &Arc<EventQueue>,
    ) -> io::Result<WorkerHandle> {
        let port = match configuration.port {
            0 => Some(0),
            first => u16::try_from(number).ok().and_then(|number| first.checked_add(number)),
        };
        let port = port.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
        let media_port = MediaPort::bind(SocketAddr::new(configuration.host, port), configuration.offload)?;
        let (bound, receive_buffer) = (media_port.local_addr()?, media_port.receive_buffer()?);
        let announced = configuration.announce.iter().map(|ip| SocketAddr::new(*ip, bound.port()));
        let mut candidates: Vec<SocketAddr> = announced.collect();
        if candidates.is_empty() {
            candidates.push(bound);
        }
        let (commands, received) = mpsc::sync_channel(COMMAND_QUEUE);
        let wakeup = Arc::new(EventFd::new()?);
        let parts = WorkerParts {
            port: media_port,
            announced: candidates[0],
            identity: identity.clone(),
            commands: received,
            wakeup: wakeup.clone(),
            events: events.clone(),
        };
        let thread = std::thread::Builder::new().name(format!("media-{number}"));
        let events = events.clone();
        let thread = thread.spawn(move || {
            // Commands that wait are dropped with the worker, so that this event comes after all that it did.
            if catch_unwind(AssertUnwindSafe(|| Worker::new(parts).run())).is_err() {
                events.append(&mut vec![Event::WorkerFailed(number)]);
            }
        })?;
        let thread = Mutex::new(Some(thread));
        Ok(WorkerHandle { commands, wakeup, thread, candidates, bound, receive_buffer })
    }

    /// Waits when the queue is full. False when the worker has ended.
    pub(super) fn send(&self, command: Command) -> bool {
        let sent = self.commands.send(command).is_ok();
        if sent {
            self.wakeup.signal();
        }
        sent
    }

    /// Waits for the thread, which a stop command has ended.
    pub(super) fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}
