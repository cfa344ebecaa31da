//! The thread for media over TCP, as its caller sees it.
use super::Engine;
use crate::socket::EventFd;
use crate::tcp::{MAX_PROVEN, MAX_STREAMS, TcpRelay};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

impl Engine {
    /// A connection whose first bytes are a STUN message behind its length (RFC 4571).
    pub fn take_stream(&self, stream: TcpStream) {
        if let Some(tcp) = &self.tcp {
            tcp.take(stream);
        }
    }
}

pub(super) struct TcpHandle {
    /// Gone once it is to end.
    streams: Mutex<Option<SyncSender<TcpStream>>>,
    wakeup: Arc<EventFd>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl TcpHandle {
    pub(super) fn start(workers: &[SocketAddr]) -> io::Result<TcpHandle> {
        let (streams, arriving) = mpsc::sync_channel(MAX_STREAMS);
        let wakeup = Arc::new(EventFd::new()?);
        let relay = TcpRelay::new(workers, arriving, wakeup.clone(), MAX_PROVEN);
        let thread = std::thread::Builder::new().name("media-tcp".into()).spawn(move || relay.run())?;
        Ok(TcpHandle { streams: Mutex::new(Some(streams)), wakeup, thread: Mutex::new(Some(thread)) })
    }

    /// One too many is closed.
    pub(super) fn take(&self, stream: TcpStream) {
        if let Some(streams) = &*self.streams.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = streams.try_send(stream);
            self.wakeup.signal();
        }
    }

    pub(super) fn close(&self) {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.wakeup.signal();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}
