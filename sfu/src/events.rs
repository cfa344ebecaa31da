//! What the media threads tell the program: a queue and one eventfd.
use crate::ids::{ProducerId, RouterId, TransportId};
use crate::sctp::DataMessage;
use crate::socket::EventFd;
use std::io;
use std::os::fd::RawFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// With more than this waiting nobody reads: what is worth something now or never is dropped.
const MAX_WAITING: usize = 4_096;
/// With more than this waiting data is left where it is. SCTP has acknowledged what was taken from it: it is not sent again.
const MAX_WAITING_FOR_DATA: usize = MAX_WAITING / 2;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// ICE and DTLS stand.
    Connected(TransportId),
    /// Nothing flows any more; at most once per transport.
    Failed(TransportId, String),
    /// The speakers of a router with their level in 0..=1, loudest first.
    Levels(RouterId, Vec<(ProducerId, f32)>),
    /// From a publisher; who gets it is for the program to say.
    Data(TransportId, DataMessage),
    /// All commands before it are in force.
    Barrier(u64),
    /// A media thread has ended by itself: nothing of its routers flows, and no barrier before or after it comes.
    WorkerFailed(usize),
}

impl Event {
    fn may_be_lost(&self) -> bool {
        match self {
            Event::Levels(..) => true,
            Event::Data(_, message) => !message.reliable,
            _ => false,
        }
    }
}

pub struct EventQueue {
    waiting: Mutex<Vec<Event>>,
    readable: EventFd,
}

impl EventQueue {
    pub fn new() -> io::Result<EventQueue> {
        Ok(EventQueue { waiting: Mutex::new(Vec::new()), readable: EventFd::new()? })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn fd(&self) -> RawFd {
        self.readable.fd()
    }

    /// Moves `events` into the queue and wakes the reader once.
    pub fn append(&self, events: &mut Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let mut waiting = self.lock();
        if waiting.len() >= MAX_WAITING {
            events.retain(|event| !event.may_be_lost());
        }
        let was_empty = waiting.is_empty();
        waiting.append(events);
        if was_empty && !waiting.is_empty() {
            self.readable.signal();
        }
    }

    /// How many data messages may be taken from their clients now.
    pub fn room_for_data(&self) -> usize {
        MAX_WAITING_FOR_DATA.saturating_sub(self.lock().len())
    }

    /// All waiting events, oldest first.
    pub fn drain(&self) -> Vec<Event> {
        let mut waiting = self.lock();
        self.readable.clear();
        std::mem::take(&mut *waiting)
    }
}
