//! One test program: str0m is linked once.
mod calls;
mod data;
mod dtls;
mod failures;
mod fuzz;
mod member;
mod memory;
mod packets;
mod peer;
mod rooms;
mod sdp;
mod sending;
mod srtp;
mod streams;
mod tcp;
mod tracks;
