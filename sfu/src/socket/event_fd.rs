use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// A counter in the kernel that a poll can watch.
pub struct EventFd(OwnedFd);

impl EventFd {
    pub fn new() -> io::Result<EventFd> {
        // SAFETY: takes no pointer; the result is checked before it is owned.
        let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was just made and nobody else owns it.
        Ok(EventFd(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    pub fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    pub fn signal(&self) {
        let one = 1u64;
        // SAFETY: reads eight bytes of `one`. It can fail only when the counter is full, and then it is readable.
        unsafe { libc::write(self.fd(), std::ptr::from_ref(&one).cast(), size_of::<u64>()) };
    }

    pub fn clear(&self) {
        let mut count = 0u64;
        // SAFETY: writes eight bytes into `count`. It fails when the counter is 0, which is what we want.
        unsafe { libc::read(self.fd(), std::ptr::from_mut(&mut count).cast(), size_of::<u64>()) };
    }
}
