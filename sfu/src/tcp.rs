//! Media over TCP (RFC 6544), for clients whose network lets no UDP out. A thread of its own passes packets between
//! their streams and a media port, from one UDP socket for each: to a worker they are clients like all others, and
//! those who have UDP pay nothing for them.
use crate::framing::{Deframer, MAX_FRAME, frame};
use crate::ice;
use crate::session::MAX_ADDRESSES;
use crate::socket::{EventFd, PollSet};
use is::stun::StunMessage;
use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

pub const MAX_STREAMS: usize = 512;
/// Of these so many may be proven: who comes finds a place to prove itself in.
pub const MAX_PROVEN: usize = 448;
/// A stream is proven when a worker has answered: the check was signed with the password of the session that it named.
/// Who has proven nothing keeps no place for long, nor many, nor one that another needs.
pub const UNPROVEN_PER_SOURCE: usize = 64;
/// Each is an address of its session, which remembers no more: one admitted client must not take all places.
pub const PROVEN_PER_SESSION: usize = MAX_ADDRESSES;
const PROVEN_WITHIN: Duration = Duration::from_secs(5);
/// A worker has said nothing for so long: it knows no session there, or no more.
const SILENCE: Duration = Duration::from_secs(30);
/// … and for so long where another needs the place: browsers check what they use every 2.5 s.
const GIVES_WAY_AFTER: Duration = Duration::from_secs(10);
const SILENCE_CHECK: Duration = Duration::from_secs(1);
/// What waits for a client that reads too slowly; what comes on top is lost, as on a full line.
const QUEUE: usize = 256 * 1024;
/// Reads of one stream before it is another's turn.
const TURN: usize = 64;
const READ: usize = 16 * 1024;

pub struct TcpRelay {
    streams: Vec<Stream>,
    max_proven: usize,
    /// Media ports, by worker.
    workers: Vec<SocketAddr>,
    arriving: Receiver<TcpStream>,
    wakeup: Arc<EventFd>,
    poll: PollSet,
}

struct Stream {
    client: TcpStream,
    source: IpAddr,
    proven: Option<Instant>,
    deframer: Deframer,
    /// There once the first packet has said for whom they are.
    session: Option<Session>,
    queue: VecDeque<u8>,
    heard: Instant,
}

/// Whom the first packet names, and the way to the worker that has it.
struct Session {
    ufrag: String,
    worker: UdpSocket,
}

/// What the descriptors of a stream are ready for.
#[derive(Clone, Copy)]
struct Ready {
    client: bool,
    client_writable: bool,
    worker: bool,
}

impl TcpRelay {
    pub fn new(
        workers: &[SocketAddr],
        arriving: Receiver<TcpStream>,
        wakeup: Arc<EventFd>,
        max_proven: usize,
    ) -> TcpRelay {
        let workers = workers.iter().map(|address| reachable(*address)).collect();
        TcpRelay { streams: Vec::new(), max_proven, workers, arriving, wakeup, poll: PollSet::default() }
    }

    /// Until nobody can send it a stream any more.
    pub fn run(mut self) {
        let mut checked = Instant::now();
        loop {
            let ready = self.wait();
            self.wakeup.clear();
            let now = Instant::now();
            let mut turn = ready.into_iter();
            let mut proven = Vec::new();
            let workers = &self.workers;
            self.streams.retain_mut(|stream| {
                let Some(ready) = turn.next() else { return true };
                // A panic costs this stream alone.
                let was_proven = stream.is_proven();
                let done = catch_unwind(AssertUnwindSafe(|| stream.turn(ready, workers, now)));
                if stream.is_proven() && !was_proven {
                    proven.extend(stream.ufrag().map(|ufrag| (ufrag.to_owned(), stream.source)));
                }
                matches!(done, Ok(Ok(())))
            });
            for (ufrag, source) in proven {
                self.limit_session(&ufrag);
                self.limit_sources(source, now);
            }
            if now.saturating_duration_since(checked) >= SILENCE_CHECK {
                checked = now;
                self.streams.retain(|stream| stream.silence(now) < stream.patience());
            }
            if !self.take_arriving(now) {
                return;
            }
        }
    }

    fn wait(&mut self) -> Vec<Ready> {
        self.poll.clear();
        self.poll.add(self.wakeup.fd(), false);
        let places: Vec<_> = self.streams.iter().map(|stream| stream.watch(&mut self.poll)).collect();
        self.poll.wait(SILENCE_CHECK);
        let poll = &self.poll;
        let ready = |(client, worker): (usize, Option<usize>)| Ready {
            client: poll.is_readable(client),
            client_writable: poll.is_writable(client),
            worker: worker.is_some_and(|at| poll.is_readable(at)),
        };
        places.into_iter().map(ready).collect()
    }

    fn add(&mut self, client: TcpStream, now: Instant) {
        let Some(stream) = Stream::new(client, now) else { return };
        let of_source = |other: &Stream| !other.is_proven() && other.source == stream.source;
        if self.streams.iter().filter(|other| of_source(other)).count() >= UNPROVEN_PER_SOURCE {
            self.remove_first(of_source);
        }
        if self.streams.len() >= MAX_STREAMS {
            self.remove_first(|other| !other.is_proven() || other.silence(now) >= GIVES_WAY_AFTER);
        }
        if self.streams.len() < MAX_STREAMS {
            self.streams.push(stream);
        }
    }

    /// The session's stream in use is never the one that was silent for the longest time.
    fn limit_session(&mut self, ufrag: &str) {
        let of_session = |stream: &Stream| stream.is_proven() && stream.ufrag() == Some(ufrag);
        while self.streams.iter().filter(|stream| of_session(stream)).count() > PROVEN_PER_SESSION {
            let streams = self.streams.iter().filter(|stream| of_session(stream));
            let Some(heard) = streams.map(|stream| stream.heard).min() else { return };
            self.remove_first(|stream| of_session(stream) && stream.heard == heard);
        }
    }

    /// Where all places are taken, the source that has most gives way by what it proved last: many behind one address
    /// keep theirs as long as nobody else needs one, and no source keeps others out.
    fn limit_sources(&mut self, newcomer: IpAddr, now: Instant) {
        let proven = || self.streams.iter().filter(|stream| stream.is_proven());
        if proven().count() <= self.max_proven {
            return;
        }
        if proven().any(|stream| stream.silence(now) >= GIVES_WAY_AFTER) {
            self.remove_first(|stream| stream.is_proven() && stream.silence(now) >= GIVES_WAY_AFTER);
            return;
        }
        let mut shares: HashMap<IpAddr, usize> = HashMap::new();
        for stream in proven() {
            *shares.entry(stream.source).or_default() += 1;
        }
        let most = shares.into_iter().max_by_key(|(source, count)| (*count, *source == newcomer));
        let Some((most, _)) = most else { return };
        let last = proven().filter(|stream| stream.source == most).filter_map(|stream| stream.proven).max();
        self.remove_first(|stream| stream.source == most && stream.proven == last);
    }

    /// They stand in the order in which they came.
    fn remove_first(&mut self, is_wanted: impl Fn(&Stream) -> bool) {
        if let Some(at) = self.streams.iter().position(is_wanted) {
            self.streams.remove(at);
        }
    }

    fn take_arriving(&mut self, now: Instant) -> bool {
        loop {
            match self.arriving.try_recv() {
                Ok(client) => self.add(client, now),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }
}

impl Stream {
    fn new(client: TcpStream, now: Instant) -> Option<Stream> {
        client.set_nonblocking(true).ok()?;
        client.set_nodelay(true).ok()?;
        let source = household(client.peer_addr().ok()?.ip());
        let (deframer, queue) = (Deframer::default(), VecDeque::new());
        Some(Stream { client, source, proven: None, deframer, session: None, queue, heard: now })
    }

    fn is_proven(&self) -> bool {
        self.proven.is_some()
    }

    fn ufrag(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.ufrag.as_str())
    }

    fn silence(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.heard)
    }

    fn patience(&self) -> Duration {
        if self.is_proven() { SILENCE } else { PROVEN_WITHIN }
    }

    fn watch(&self, poll: &mut PollSet) -> (usize, Option<usize>) {
        let client = poll.add(self.client.as_raw_fd(), !self.queue.is_empty());
        (client, self.session.as_ref().map(|session| poll.add(session.worker.as_raw_fd(), false)))
    }

    /// An error ends it.
    fn turn(&mut self, ready: Ready, workers: &[SocketAddr], now: Instant) -> io::Result<()> {
        if ready.client {
            self.read_client(workers)?;
        }
        if ready.worker {
            self.read_worker(now)?;
        }
        if ready.worker || ready.client_writable {
            self.write_client()?;
        }
        Ok(())
    }

    fn read_client(&mut self, workers: &[SocketAddr]) -> io::Result<()> {
        let mut bytes = [0; READ];
        for _ in 0..TURN {
            let count = match self.client.read(&mut bytes) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            let is_proven = self.is_proven();
            let (deframer, session) = (&mut self.deframer, &mut self.session);
            let mut unknown = false;
            let fed = deframer.feed(&bytes[..count], |packet| {
                if session.is_none() {
                    *session = find_session(packet, workers);
                }
                match session {
                    // A full buffer loses a packet, as every network does.
                    Some(session) if is_proven || session.is_checked_by(packet) => {
                        drop(session.worker.send(packet));
                    }
                    // It would be proven by another session than the one that it counts for.
                    Some(_) => {}
                    None => unknown = true,
                }
            });
            if fed.is_err() || unknown {
                return Err(ErrorKind::InvalidData.into());
            }
        }
        Ok(())
    }

    fn read_worker(&mut self, now: Instant) -> io::Result<()> {
        let Some(session) = &self.session else { return Ok(()) };
        let mut packet = [0; MAX_FRAME];
        for _ in 0..TURN {
            let length = match session.worker.recv(&mut packet) {
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            self.heard = now;
            self.proven.get_or_insert(now);
            if self.queue.len() + length < QUEUE {
                self.queue.extend(frame(&packet[..length]));
            }
        }
        Ok(())
    }

    fn write_client(&mut self) -> io::Result<()> {
        while !self.queue.is_empty() {
            match self.client.write(self.queue.as_slices().0) {
                Ok(count) => drop(self.queue.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Session {
    fn is_checked_by(&self, packet: &[u8]) -> bool {
        let message = StunMessage::parse(packet);
        message.is_ok_and(|message| ice::addressed_ufrag(&message) == Some(self.ufrag.as_str()))
    }
}

/// The first packet is a check, which names a session of a worker.
fn find_session(packet: &[u8], workers: &[SocketAddr]) -> Option<Session> {
    let message = StunMessage::parse(packet).ok()?;
    let ufrag = ice::addressed_ufrag(&message)?;
    let address = *workers.get(ice::worker_of(ufrag)?)?;
    let any: IpAddr =
        if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let worker = UdpSocket::bind((any, 0)).ok()?;
    worker.connect(address).ok()?;
    worker.set_nonblocking(true).ok()?;
    Some(Session { ufrag: ufrag.to_owned(), worker })
}

/// Whoever has one address of an IPv6 network has all of its /64.
pub fn household(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}

/// Who listens everywhere is reached on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
