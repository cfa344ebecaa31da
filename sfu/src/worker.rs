//! One media thread: it owns a UDP port and the routers that were given to it, and waits for nobody.
use crate::command::{Command, TransportOpening};
use crate::dtls::Identity;
use crate::events::{Event, EventQueue};
use crate::ice;
use crate::ids::{RouterId, TransportId};
use crate::router::{Checked, Router};
use crate::routers::Routers;
use crate::rtcp;
use crate::session::Session;
use crate::socket::{EventFd, MediaPort, ReceiveBatch, SendBatch};
use crate::stats::WorkerStats;
use crate::timers::Timers;
use is::stun::StunMessage;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Instant;

/// System calls of receiving per turn: sending must not wait for ever.
const MAX_RECEIVES: usize = 16;
/// What the calling thread and the media thread share.
pub struct WorkerParts {
    pub port: MediaPort,
    /// The address in our candidates.
    pub announced: SocketAddr,
    pub identity: Identity,
    pub commands: Receiver<Command>,
    pub wakeup: Arc<EventFd>,
    pub events: Arc<EventQueue>,
}

type Place = (RouterId, TransportId);

pub struct Worker {
    port: Rc<MediaPort>,
    announced: SocketAddr,
    identity: Identity,
    commands: Receiver<Command>,
    wakeup: Arc<EventFd>,
    events: Arc<EventQueue>,
    routers: Routers,
    by_address: HashMap<SocketAddr, Place>,
    by_ufrag: HashMap<String, Place>,
    out: SendBatch,
    timers: Timers,
    /// Packets are collected until then.
    tick_end: Option<Instant>,
    packets_received: u64,
    packets_dropped: u64,
    panicked: u64,
    waiting_events: Vec<Event>,
    #[cfg(feature = "test-hooks")]
    panics_at_stun: bool,
}

impl Worker {
    /// To be called on the thread that runs it: SCTP sockets stay on theirs.
    pub fn new(parts: WorkerParts) -> Worker {
        let port = Rc::new(parts.port);
        Worker {
            out: SendBatch::new(port.clone()),
            port,
            announced: parts.announced,
            identity: parts.identity,
            commands: parts.commands,
            wakeup: parts.wakeup,
            events: parts.events,
            routers: Routers::default(),
            by_address: HashMap::new(),
            by_ufrag: HashMap::new(),
            timers: Timers::default(),
            tick_end: None,
            packets_received: 0,
            packets_dropped: 0,
            panicked: 0,
            waiting_events: Vec::new(),
            #[cfg(feature = "test-hooks")]
            panics_at_stun: false,
        }
    }

    /// Until a stop command, or until nobody can send one.
    pub fn run(mut self) {
        let mut batch = ReceiveBatch::new(&self.port);
        loop {
            let timeout = self.next_deadline().map(|at| at.saturating_duration_since(Instant::now()));
            let watches = self.watches_socket();
            self.port.wait(&self.wakeup, watches, timeout);
            self.wakeup.clear();
            let running = self.run_commands();
            let now = Instant::now();
            if watches || self.tick_end.is_some_and(|end| end <= now) {
                self.receive(&mut batch, now);
            }
            self.forward(now);
            self.run_timers(Instant::now());
            self.out.flush();
            self.publish_events();
            self.routers.end_turn();
            if !running {
                return;
            }
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        [self.timers.next(), self.tick_end].into_iter().flatten().min()
    }

    /// Not during the tick of the only room: a frame's packets shall cost one wake-up. Other rooms, and who is in a
    /// handshake, do not wait for it.
    fn watches_socket(&self) -> bool {
        self.tick_end.is_none() || self.routers.len() > 1 || self.routers.iter().any(Router::is_connecting)
    }

    fn receive(&mut self, batch: &mut ReceiveBatch, now: Instant) {
        let port = self.port.clone();
        for _ in 0..MAX_RECEIVES {
            if !batch.receive(&port, |packet, from, arrived| self.handle_packet(packet, from, arrived, now)) {
                return;
            }
        }
    }

    /// RFC 7983: the first byte tells STUN, DTLS and RTP apart. Whoever has not proved an address by ICE costs one
    /// look-up and nothing else.
    fn handle_packet(&mut self, packet: &mut [u8], from: SocketAddr, arrived: Instant, now: Instant) {
        self.packets_received += 1;
        let place = match packet.first() {
            Some(0..=3) => return self.handle_stun(packet, from, now),
            Some(20..=63 | 128..=191) => self.by_address.get(&from).copied(),
            _ => None,
        };
        let found = place.and_then(|(router, transport)| Some((self.routers.get_mut(router)?, transport)));
        let Some((router, transport)) = found else {
            self.packets_dropped += 1;
            return;
        };
        if packet[0] < 128 {
            router.handle_dtls(transport, packet, from, now, &mut self.out);
        } else if rtcp::is_rtcp(packet) {
            router.handle_rtcp(transport, packet, from, now, &mut self.out);
        } else {
            router.handle_rtp(transport, packet, from, arrived);
        }
    }

    fn handle_stun(&mut self, packet: &[u8], from: SocketAddr, now: Instant) {
        let checked = catch_unwind(AssertUnwindSafe(|| self.check_stun(packet, from, now)));
        let checked = checked.unwrap_or_else(|_| {
            self.panicked += 1;
            None
        });
        let Some((place, forgotten)) = checked else {
            self.packets_dropped += 1;
            return;
        };
        self.by_address.insert(from, place);
        if let Some(address) = forgotten {
            self.forget_address(address, place);
        }
    }

    /// Whose address `from` is now, and an address that is not any more; `None` when the message is refused.
    fn check_stun(
        &mut self,
        packet: &[u8],
        from: SocketAddr,
        now: Instant,
    ) -> Option<(Place, Option<SocketAddr>)> {
        #[cfg(feature = "test-hooks")]
        assert!(!std::mem::take(&mut self.panics_at_stun), "a test asks for it");
        let message = StunMessage::parse(packet).ok()?;
        let place = *self.by_ufrag.get(ice::addressed_ufrag(&message)?)?;
        if self.belongs_to_another(from, place) {
            return None;
        }
        let router = self.routers.get_mut(place.0)?;
        match router.handle_stun(place.1, message, from, now, &mut self.out) {
            Checked::Accepted { forgotten } => Some((place, forgotten)),
            Checked::Rejected => None,
        }
    }

    /// A source address can be forged: who is let into one session does not take the packets of another by it.
    /// What was only tried, and is not in use, is whose check came last: addresses behind a NAT change hands.
    fn belongs_to_another(&self, address: SocketAddr, place: Place) -> bool {
        let owner = self.by_address.get(&address).filter(|owner| **owner != place);
        let session = owner.and_then(|(router, transport)| self.routers.get(*router)?.session(*transport));
        session.is_some_and(|session| !session.has_failed() && session.remote() == Some(address))
    }

    fn forget_address(&mut self, address: SocketAddr, place: Place) {
        if self.by_address.get(&address) == Some(&place) {
            self.by_address.remove(&address);
        }
    }

    /// Sends what is pending, but for what collecting more pays: that waits for the end of the tick.
    fn forward(&mut self, now: Instant) {
        let is_over = self.tick_end.take_if(|end| *end <= now).is_some();
        let (tick_end, out) = (&mut self.tick_end, &mut self.out);
        self.routers.for_active(|router| match router.tick().filter(|_| !is_over) {
            Some(tick) => *tick_end = Some(tick_end.map_or(now + tick, |end| end.min(now + tick))),
            None => router.flush(now, out),
        });
    }

    fn run_timers(&mut self, now: Instant) {
        self.timers.run(now, &mut self.routers, &mut self.out);
        self.routers.for_active(|router| self.timers.arm(now, router));
    }

    fn publish_events(&mut self) {
        self.routers.for_active(|router| self.waiting_events.append(&mut router.events));
        self.events.append(&mut self.waiting_events);
    }

    /// False when the worker is to stop.
    fn run_commands(&mut self) -> bool {
        use std::sync::mpsc::TryRecvError;
        loop {
            match self.commands.try_recv() {
                Ok(Command::Stop) | Err(TryRecvError::Disconnected) => return false,
                Ok(command) => self.run_command(command, Instant::now()),
                Err(TryRecvError::Empty) => return true,
            }
        }
    }

    fn run_command(&mut self, command: Command, now: Instant) {
        match command {
            Command::OpenRouter(id) => {
                self.routers.insert(Router::new(id, self.events.clone(), now));
            }
            Command::CloseRouter(id) => self.close_router(id),
            Command::OpenTransport(opening) => self.open_transport(opening, now),
            Command::CloseTransport { router, transport } => self.close_transport(router, transport),
            Command::InRouter(id, command) => {
                if let Some(router) = self.routers.get_mut(id) {
                    router.run(command, now, &mut self.out);
                }
            }
            Command::SendData { router, transports, reliable, payload } => {
                if let Some(router) = self.routers.get_mut(router) {
                    router.send_data(&transports, reliable, &payload, now, &mut self.out);
                }
            }
            Command::Barrier(barrier) => {
                // Earlier packets of what was paused or closed leave before the barrier is announced.
                self.out.flush();
                self.waiting_events.extend(barrier.arrive().map(Event::Barrier));
            }
            Command::Stats(reply) => {
                // Whoever has the answer finds in the queue what came before it.
                self.publish_events();
                let _ = reply.send(self.stats());
            }
            Command::Stop => {}
            #[cfg(feature = "test-hooks")]
            Command::Panic => panic!("a test asks for it"),
            #[cfg(feature = "test-hooks")]
            Command::PanicAtStun => self.panics_at_stun = true,
        }
    }

    fn open_transport(&mut self, opening: TransportOpening, now: Instant) {
        let TransportOpening { router: router_id, transport, direction, credentials } = opening;
        let Some(router) = self.routers.get_mut(router_id) else { return };
        self.by_ufrag.insert(credentials.ufrag.clone(), (router_id, transport));
        let session = Session::new(direction, &credentials, self.announced, &self.identity, now);
        router.open_transport(transport, session);
    }

    fn close_transport(&mut self, router_id: RouterId, transport: TransportId) {
        let Some(router) = self.routers.get_mut(router_id) else { return };
        let Some(session) = router.close_transport(transport) else { return };
        self.by_ufrag.remove(&session.ufrag);
        for address in session.addresses {
            self.forget_address(address, (router_id, transport));
        }
    }

    fn close_router(&mut self, id: RouterId) {
        let Some(router) = self.routers.get(id) else { return };
        let transports: Vec<TransportId> = router.transports().map(|(id, _)| id).collect();
        for transport in transports {
            self.close_transport(id, transport);
        }
        if let Some(mut router) = self.routers.remove(id) {
            self.panicked += router.panicked;
            self.waiting_events.append(&mut router.events);
        }
    }

    fn stats(&self) -> WorkerStats {
        let mut stats = WorkerStats::default();
        stats.socket.packets_received = self.packets_received;
        stats.socket.packets_dropped = self.packets_dropped;
        stats.socket.packets_sent = self.out.counters.packets;
        stats.socket.messages_sent = self.out.counters.messages;
        stats.socket.send_errors = self.out.counters.errors;
        stats.socket.sessions_panicked = self.panicked;
        for router in self.routers.iter() {
            stats.add_router(router);
        }
        stats
    }
}
