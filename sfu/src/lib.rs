//! The media engine: a selective forwarding unit. Names follow mediasoup and ORTC: a worker (one thread, one UDP port)
//! carries routers, a router has transports, a transport has producers or consumers.
//!
//! `engine` is the way in, on the caller's thread; everything per packet happens on the worker's.
pub mod budget;
pub mod command;
pub mod consumer;
pub mod dcep;
pub mod dtls;
pub mod engine;
pub mod events;
pub mod framing;
pub mod ice;
pub mod ids;
pub mod key_frames;
pub mod nack;
pub mod producer;
#[cfg(feature = "python")]
mod py;
pub mod reception;
pub mod ring;
pub mod router;
pub mod routers;
pub mod rtcp;
pub mod rtp;
pub mod sctp;
pub mod sdp;
pub mod session;
#[allow(unsafe_code)]
pub mod socket;
pub mod speaker;
pub mod srtp;
pub mod stats;
pub mod tcp;
pub mod timers;
pub mod twcc;
pub mod vp8;
pub mod worker;
