use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// Large enough for either family, written by us or by the kernel.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) union RawAddress {
    family: libc::sa_family_t,
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

impl RawAddress {
    pub(super) const UNSET: RawAddress = RawAddress { family: libc::AF_UNSPEC as libc::sa_family_t };
    pub(super) const LENGTH: libc::socklen_t = size_of::<RawAddress>() as libc::socklen_t;

    /// The address and how many of its bytes the kernel shall read.
    pub(super) fn encode(address: SocketAddr) -> (RawAddress, libc::socklen_t) {
        match address {
            SocketAddr::V4(v4) => {
                let raw = libc::sockaddr_in {
                    sin_family: libc::AF_INET as libc::sa_family_t,
                    sin_port: v4.port().to_be(),
                    sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(v4.ip().octets()) },
                    sin_zero: [0; 8],
                };
                (RawAddress { v4: raw }, size_of_val(&raw) as libc::socklen_t)
            }
            SocketAddr::V6(v6) => {
                let raw = libc::sockaddr_in6 {
                    sin6_family: libc::AF_INET6 as libc::sa_family_t,
                    sin6_port: v6.port().to_be(),
                    sin6_flowinfo: v6.flowinfo(),
                    sin6_addr: libc::in6_addr { s6_addr: v6.ip().octets() },
                    sin6_scope_id: v6.scope_id(),
                };
                (RawAddress { v6: raw }, size_of_val(&raw) as libc::socklen_t)
            }
        }
    }

    pub(super) fn decode(&self) -> Option<SocketAddr> {
        // SAFETY: every variant begins with the family, and all bytes are initialised: the kernel writes a whole
        // address of the family it names, over a value that was `UNSET` or an address.
        unsafe {
            match i32::from(self.family) {
                libc::AF_INET => {
                    let ip = Ipv4Addr::from(self.v4.sin_addr.s_addr.to_ne_bytes());
                    Some(SocketAddrV4::new(ip, u16::from_be(self.v4.sin_port)).into())
                }
                libc::AF_INET6 => {
                    let ip = Ipv6Addr::from(self.v6.sin6_addr.s6_addr);
                    let port = u16::from_be(self.v6.sin6_port);
                    Some(SocketAddrV6::new(ip, port, self.v6.sin6_flowinfo, self.v6.sin6_scope_id).into())
                }
                _ => None,
            }
        }
    }
}
