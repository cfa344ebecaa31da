use std::os::fd::RawFd;
use std::time::Duration;

/// Descriptors to wait for together.
#[derive(Default)]
pub struct PollSet(Vec<libc::pollfd>);

impl PollSet {
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Where it stands in the answers.
    pub fn add(&mut self, fd: RawFd, writable: bool) -> usize {
        let events = if writable { libc::POLLIN | libc::POLLOUT } else { libc::POLLIN };
        self.0.push(libc::pollfd { fd, events, revents: 0 });
        self.0.len() - 1
    }

    pub fn wait(&mut self, timeout: Duration) {
        let milliseconds = timeout.as_millis().min(i32::MAX as u128) as libc::c_int;
        // SAFETY: the vector holds as many entries as are named, and outlives the call.
        unsafe { libc::poll(self.0.as_mut_ptr(), self.0.len() as libc::nfds_t, milliseconds) };
    }

    /// A read would not wait, be it for the end or an error.
    pub fn is_readable(&self, at: usize) -> bool {
        self.0[at].revents & !libc::POLLOUT != 0
    }

    pub fn is_writable(&self, at: usize) -> bool {
        self.0[at].revents & libc::POLLOUT != 0
    }
}
