use super::MediaPort;
use super::address::RawAddress;
use std::io;
use std::net::SocketAddr;
use std::ptr;
use std::rc::Rc;

/// The longest packet that is ever written: an Ethernet frame's worth and some.
pub const MAX_PACKET: usize = 2_048;
const ARENA: usize = 384 * 1024;
/// Messages per system call.
const MAX_TRAINS: usize = 256;
/// Limits of UDP_SEGMENT (64 segments) and of a datagram, with some room.
const MAX_SEGMENTS: usize = 60;
const MAX_TRAIN_BYTES: usize = 64_000;
/// A full socket buffer is waited for this often, 1 ms each time, before a message is dropped.
const MAX_WAITS: usize = 3;
/// One u16 control message.
type Control = [u64; 3];

/// Packets of equal length to one receiver, the last may be shorter: one message to the kernel (UDP_SEGMENT).
struct Train {
    to: SocketAddr,
    start: usize,
    length: usize,
    segment: usize,
    count: usize,
    /// No shorter packet has closed it.
    open: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct SendCounters {
    pub packets: u64,
    pub messages: u64,
    pub errors: u64,
}

/// Everything that one turn of the worker sends, written once into one arena.
pub struct SendBatch {
    port: Rc<MediaPort>,
    segments: bool,
    arena: Box<[u8]>,
    used: usize,
    trains: Vec<Train>,
    vectors: Vec<libc::iovec>,
    addresses: Vec<(RawAddress, libc::socklen_t)>,
    controls: Vec<Control>,
    headers: Vec<libc::mmsghdr>,
    pub counters: SendCounters,
}

impl SendBatch {
    pub fn new(port: Rc<MediaPort>) -> SendBatch {
        SendBatch {
            segments: port.segments,
            port,
            arena: vec![0; ARENA].into(),
            used: 0,
            trains: Vec::with_capacity(MAX_TRAINS),
            vectors: Vec::with_capacity(MAX_TRAINS),
            addresses: Vec::with_capacity(MAX_TRAINS),
            controls: Vec::with_capacity(MAX_TRAINS),
            headers: Vec::with_capacity(MAX_TRAINS),
            counters: SendCounters::default(),
        }
    }

    /// Equal packets to one receiver leave as one message: making them equal pays.
    pub fn merges_equal_packets(&self) -> bool {
        self.segments
    }

    /// [`MAX_PACKET`] bytes to write the next packet into.
    pub fn buffer(&mut self) -> &mut [u8] {
        if self.used + MAX_PACKET > ARENA || self.trains.len() >= MAX_TRAINS {
            self.flush();
        }
        &mut self.arena[self.used..self.used + MAX_PACKET]
    }

    /// The first `length` bytes of [`Self::buffer`] are a packet.
    pub fn commit(&mut self, to: SocketAddr, length: usize) {
        let start = self.used;
        self.used += length;
        self.counters.packets += 1;
        if let Some(train) = self.trains.last_mut().filter(|train| self.segments && train.fits(to, length)) {
            train.length += length;
            train.count += 1;
            train.open = length == train.segment;
            return;
        }
        self.trains.push(Train { to, start, length, segment: length, count: 1, open: true });
    }

    pub fn push(&mut self, to: SocketAddr, packet: &[u8]) {
        if packet.len() > MAX_PACKET {
            self.counters.errors += 1;
            return;
        }
        self.buffer()[..packet.len()].copy_from_slice(packet);
        self.commit(to, packet.len());
    }

    pub fn flush(&mut self) {
        if self.trains.is_empty() {
            return;
        }
        self.prepare();
        let (mut sent, mut waits) = (0, 0);
        let mut messages = 0;
        while sent < self.headers.len() {
            let rest = &mut self.headers[sent..];
            // SAFETY: `rest` holds headers whose pointers `prepare` has just set into our own vectors and arena,
            // each with its true length; none of them moves before the call returns.
            let count =
                unsafe { libc::sendmmsg(self.port.fd(), rest.as_mut_ptr(), rest.len() as libc::c_uint, 0) };
            if let Ok(count) = usize::try_from(count) {
                sent += count;
                messages += count as u64;
                continue;
            }
            let error = io::Error::last_os_error();
            if error.kind() == io::ErrorKind::WouldBlock && waits < MAX_WAITS {
                waits += 1;
                self.wait_writable();
                continue;
            }
            match error.raw_os_error() {
                Some(code @ (libc::EIO | libc::EINVAL | libc::EMSGSIZE)) if self.trains[sent].count > 1 => {
                    // The device does not segment, whoever the receiver is.
                    self.segments &= code != libc::EIO;
                    messages += self.send_one_by_one(sent);
                }
                _ => self.counters.errors += 1,
            }
            sent += 1;
        }
        self.counters.messages += messages;
        self.trains.clear();
        self.used = 0;
    }

    /// The way to this receiver takes no train; its packets may pass. Returns how many did.
    fn send_one_by_one(&mut self, train: usize) -> u64 {
        let Train { to, start, length, segment, .. } = self.trains[train];
        let mut sent = 0;
        for packet in self.arena[start..start + length].chunks(segment) {
            match self.port.socket.send_to(packet, to) {
                Ok(_) => sent += 1,
                Err(_) => self.counters.errors += 1,
            }
        }
        sent
    }

    fn prepare(&mut self) {
        let base = self.arena.as_mut_ptr();
        self.vectors.clear();
        self.addresses.clear();
        self.controls.clear();
        self.headers.clear();
        for train in &self.trains {
            let start = base.wrapping_add(train.start);
            self.vectors.push(libc::iovec { iov_base: start.cast(), iov_len: train.length });
            self.addresses.push(RawAddress::encode(train.to));
            self.controls.push([0; 3]);
        }
        for (at, train) in self.trains.iter().enumerate() {
            // SAFETY: an all-zero msghdr is valid: null pointers with length 0.
            let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
            let (address, length) = &mut self.addresses[at];
            header.msg_hdr.msg_name = ptr::from_mut(address).cast();
            header.msg_hdr.msg_namelen = *length;
            header.msg_hdr.msg_iov = &raw mut self.vectors[at];
            header.msg_hdr.msg_iovlen = 1;
            if train.count > 1 {
                attach_segment_size(&mut header.msg_hdr, &mut self.controls[at], train.segment);
            }
            self.headers.push(header);
        }
    }

    fn wait_writable(&self) {
        let mut fd = libc::pollfd { fd: self.port.fd(), events: libc::POLLOUT, revents: 0 };
        // SAFETY: one pollfd, which outlives the call.
        unsafe { libc::poll(&raw mut fd, 1, 1) };
    }
}

impl Train {
    fn fits(&self, to: SocketAddr, length: usize) -> bool {
        self.open
            && self.to == to
            && length <= self.segment
            && self.count < MAX_SEGMENTS
            && self.length + length < MAX_TRAIN_BYTES
    }
}

fn attach_segment_size(header: &mut libc::msghdr, control: &mut Control, segment: usize) {
    header.msg_control = control.as_mut_ptr().cast();
    // SAFETY: `control` has room for one header and a u16 with their alignment (24 ≥ CMSG_SPACE(2)), so the first
    // header exists and its data is inside.
    unsafe {
        header.msg_controllen = libc::CMSG_SPACE(size_of::<u16>() as libc::c_uint) as _;
        let message = libc::CMSG_FIRSTHDR(header);
        (*message).cmsg_level = libc::SOL_UDP;
        (*message).cmsg_type = libc::UDP_SEGMENT;
        (*message).cmsg_len = libc::CMSG_LEN(size_of::<u16>() as libc::c_uint) as _;
        ptr::write_unaligned(libc::CMSG_DATA(message).cast::<u16>(), segment as u16);
    }
}
