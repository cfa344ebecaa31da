use super::MediaPort;
use super::address::RawAddress;
use std::net::SocketAddr;
use std::ptr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Messages per system call.
const MESSAGES: usize = 32;
/// A coalesced message holds at most one IP datagram's worth of packets.
const COALESCED_SIZE: usize = 65_536;
const PLAIN_SIZE: usize = 2_048;
/// A packet that has waited longer in our buffer is of a clock that jumped.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Room for the two control messages that we ask for: 24 bytes for a length, 32 for a time.
type Control = [u64; 8];

/// What the kernel says about a message.
#[derive(Default)]
struct Notes {
    /// How long each of the coalesced packets is; the last may be shorter.
    segment: Option<usize>,
    /// When the network gave it to the kernel, by the wall clock.
    arrived: Option<SystemTime>,
}

/// Buffers for one `recvmmsg`.
pub struct ReceiveBatch {
    size: usize,
    buffers: Vec<u8>,
    addresses: Vec<RawAddress>,
    controls: Vec<Control>,
    vectors: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
}

impl ReceiveBatch {
    pub fn new(port: &MediaPort) -> ReceiveBatch {
        let size = if port.coalesces { COALESCED_SIZE } else { PLAIN_SIZE };
        ReceiveBatch {
            size,
            buffers: vec![0; size * MESSAGES],
            addresses: vec![RawAddress::UNSET; MESSAGES],
            controls: vec![[0; 8]; MESSAGES],
            vectors: Vec::with_capacity(MESSAGES),
            headers: Vec::with_capacity(MESSAGES),
        }
    }

    /// Takes what waits and hands over packet by packet, each with its sender and its arrival. True when more may wait.
    pub fn receive(
        &mut self,
        port: &MediaPort,
        mut packet: impl FnMut(&mut [u8], SocketAddr, Instant),
    ) -> bool {
        self.prepare();
        // SAFETY: `headers` holds MESSAGES entries whose pointers `prepare` has just set into our own buffers,
        // each with its true length; none of them moves before the call returns.
        let count = unsafe {
            libc::recvmmsg(
                port.fd(),
                self.headers.as_mut_ptr(),
                MESSAGES as libc::c_uint,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        let Ok(count) = usize::try_from(count) else { return false };
        let (now, wall) = (Instant::now(), SystemTime::now());
        for at in 0..count {
            let Some(from) = self.addresses[at].decode() else { continue };
            let length = self.headers[at].msg_len as usize;
            let notes = self.notes(at);
            let segment = notes.segment.filter(|size| *size > 0).unwrap_or(length.max(1));
            // A wall clock that was set says nothing.
            let waited = notes.arrived.and_then(|arrived| wall.duration_since(arrived).ok());
            let waited = waited.filter(|waited| *waited <= LONGEST_WAIT).unwrap_or_default();
            let arrived = now.checked_sub(waited).unwrap_or(now);
            let start = at * self.size;
            for bytes in self.buffers[start..start + length].chunks_mut(segment) {
                packet(bytes, from, arrived);
            }
        }
        count == MESSAGES
    }

    fn prepare(&mut self) {
        self.vectors.clear();
        self.headers.clear();
        for buffer in self.buffers.chunks_mut(self.size) {
            self.vectors.push(libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: self.size });
        }
        for at in 0..MESSAGES {
            // SAFETY: an all-zero msghdr is valid: null pointers with length 0.
            let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
            header.msg_hdr.msg_name = ptr::from_mut(&mut self.addresses[at]).cast();
            header.msg_hdr.msg_namelen = RawAddress::LENGTH;
            header.msg_hdr.msg_iov = &raw mut self.vectors[at];
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = self.controls[at].as_mut_ptr().cast();
            header.msg_hdr.msg_controllen = size_of::<Control>() as _;
            self.headers.push(header);
        }
    }

    fn notes(&self, at: usize) -> Notes {
        let header = &raw const self.headers[at].msg_hdr;
        let mut notes = Notes::default();
        // SAFETY: the kernel has filled the control buffer and set its length; the CMSG macros stay inside it, UDP_GRO
        // carries an int and SCM_TIMESTAMPNS a timespec.
        unsafe {
            let mut control = libc::CMSG_FIRSTHDR(header);
            while !control.is_null() {
                let data = libc::CMSG_DATA(control);
                match ((*control).cmsg_level, (*control).cmsg_type) {
                    (libc::SOL_UDP, libc::UDP_GRO) => {
                        notes.segment = usize::try_from(ptr::read_unaligned(data.cast::<libc::c_int>())).ok();
                    }
                    (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                        notes.arrived = wall_time(ptr::read_unaligned(data.cast::<libc::timespec>()));
                    }
                    _ => {}
                }
                control = libc::CMSG_NXTHDR(header, control);
            }
        }
        notes
    }
}

fn wall_time(time: libc::timespec) -> Option<SystemTime> {
    let since = Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?);
    UNIX_EPOCH.checked_add(since)
}
