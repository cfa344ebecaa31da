//! The DTLS handshake without a session around it, with a client of the same library.
use dimpl::{Config, Dtls, Output};
use mcmeet_sfu::dtls::{DtlsEvent, DtlsTransport, Fingerprint, Identity};
use mcmeet_sfu::socket::{MediaPort, SendBatch};
use std::net::UdpSocket;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Sends what waits; the packets of the client go to the server.
fn advance(client: &mut Dtls, server: &mut DtlsTransport, now: Instant) {
    let mut buffer = vec![0; 4_096];
    loop {
        match client.poll_output(&mut buffer) {
            Output::Packet(packet) => server.handle_packet(packet, now).unwrap(),
            Output::Timeout(_) => return,
            _ => {}
        }
    }
}

/// What the server says of a client that shows no certificate, or any.
fn handshake(identity: &Identity) -> DtlsEvent {
    let now = Instant::now();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    // Loopback is not always done when a send returns.
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let to = socket.local_addr().ok();
    let port = MediaPort::bind("127.0.0.1:0".parse().unwrap(), false).unwrap();
    let mut out = SendBatch::new(Rc::new(port));
    let certificate = dimpl::certificate::generate_self_signed_certificate().unwrap();
    let mut client = Dtls::new_12(Arc::new(Config::default()), certificate, now);
    client.set_active(true);
    client.handle_timeout(now).unwrap();
    let mut server = DtlsTransport::new(identity, now);
    server.expect(Fingerprint::from_sdp("AB:CD"));
    for _ in 0..20 {
        advance(&mut client, &mut server, now);
        while let Some(event) = server.poll(to, &mut out) {
            if matches!(event, DtlsEvent::Keys(..) | DtlsEvent::Failed(_)) {
                return event;
            }
        }
        out.flush();
        let mut buffer = [0; 2_048];
        while let Ok(length) = socket.recv(&mut buffer) {
            client.handle_packet(&buffer[..length]).unwrap();
        }
    }
    panic!("no event comes of it");
}

#[test]
fn keys_are_taken_from_nobody_whose_certificate_was_not_seen() {
    for (identity, why) in [
        (Identity::generate_asking_nobody(), "the client has shown no certificate"),
        (Identity::generate(), "the certificate is not the one in the SDP"),
    ] {
        let DtlsEvent::Failed(reason) = handshake(&identity.unwrap()) else { panic!("taken, not: {why}") };
        assert_eq!(reason, why);
    }
}
