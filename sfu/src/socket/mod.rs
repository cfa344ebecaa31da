//! The media port: batched UDP with segmentation offload, and the eventfd that wakes a thread.
//! The only module that may say `unsafe`: everything here is system calls that std does not have.
mod address;
mod event_fd;
mod poll;
mod receive;
mod send;

pub use event_fd::EventFd;
pub use poll::PollSet;
pub use receive::ReceiveBatch;
pub use send::{MAX_PACKET, SendBatch, SendCounters};

use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// Asked of the kernel for both directions; it gives what `net.core.*mem_max` allows, and says nothing.
pub const SOCKET_BUFFER: libc::c_int = 8 << 20;

/// A bound UDP socket and what the kernel can do for it.
pub struct MediaPort {
    socket: UdpSocket,
    /// UDP_GRO: one message may hold many packets of one sender.
    coalesces: bool,
    /// UDP_SEGMENT: one message may carry many packets to one receiver.
    segments: bool,
}

impl MediaPort {
    /// `offload`: coalescing and segmentation where the kernel has them.
    pub fn bind(address: SocketAddr, offload: bool) -> io::Result<MediaPort> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        let fd = socket.as_raw_fd();
        for option in [libc::SO_RCVBUF, libc::SO_SNDBUF] {
            set_option(fd, libc::SOL_SOCKET, option, SOCKET_BUFFER)?;
        }
        // Without it a packet has arrived when it is read.
        let _ = set_option(fd, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1);
        let coalesces = offload && set_option(fd, libc::SOL_UDP, libc::UDP_GRO, 1).is_ok();
        let segments = offload && set_option(fd, libc::SOL_UDP, libc::UDP_SEGMENT, 0).is_ok();
        Ok(MediaPort { socket, coalesces, segments })
    }

    /// Without checksums of UDP the kernel takes no train on IPv4, but every packet.
    #[cfg(feature = "test-hooks")]
    pub fn refuse_trains(&self) -> io::Result<()> {
        set_option(self.fd(), libc::SOL_SOCKET, libc::SO_NO_CHECK, 1)
    }

    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Bytes of [`SOCKET_BUFFER`] that the kernel gave for what arrives. It doubles the number (socket(7)).
    pub fn receive_buffer(&self) -> io::Result<libc::c_int> {
        Ok(get_option(self.fd(), libc::SOL_SOCKET, libc::SO_RCVBUF)? / 2)
    }

    fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    /// Sleeps until a command waits, a packet waits (only if `packets`) or the timeout has passed.
    pub fn wait(&self, wakeup: &EventFd, packets: bool, timeout: Option<Duration>) {
        let watch = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let mut fds = [watch(wakeup.fd()), watch(self.fd())];
        let count = if packets { 2 } else { 1 };
        let timeout = timeout.map(|timeout| libc::timespec {
            tv_sec: timeout.as_secs() as libc::time_t,
            tv_nsec: timeout.subsec_nanos().into(),
        });
        let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: `fds` holds `count` entries and `timeout` is null or points to a timespec; both outlive the call.
        unsafe { libc::ppoll(fds.as_mut_ptr(), count, timeout, std::ptr::null()) };
    }
}

/// A stream of our own on the connection of somebody else's descriptor.
pub fn share_stream(fd: RawFd) -> io::Result<TcpStream> {
    // SAFETY: takes no pointer; a descriptor that is not open is an error.
    let shared = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
    if shared < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor was just made and nobody else owns it.
    Ok(TcpStream::from(unsafe { OwnedFd::from_raw_fd(shared) }))
}

fn set_option(fd: RawFd, level: libc::c_int, option: libc::c_int, value: libc::c_int) -> io::Result<()> {
    let length = size_of_val(&value) as libc::socklen_t;
    // SAFETY: the kernel reads `length` bytes of `value`, which lives on this stack frame.
    let result = unsafe { libc::setsockopt(fd, level, option, std::ptr::from_ref(&value).cast(), length) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn get_option(fd: RawFd, level: libc::c_int, option: libc::c_int) -> io::Result<libc::c_int> {
    let mut value: libc::c_int = 0;
    let mut length = size_of_val(&value) as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes into `value`; both live on this stack frame.
    let result =
        unsafe { libc::getsockopt(fd, level, option, std::ptr::from_mut(&mut value).cast(), &mut length) };
    if result == 0 { Ok(value) } else { Err(io::Error::last_os_error()) }
}
