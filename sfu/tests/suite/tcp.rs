//! Media over TCP: framing, and streams that find their session or are closed.
use crate::peer::{PATIENCE, binding_request};
use is::stun::StunMessage;
use mcmeet_sfu::engine::{Configuration, Engine};
use mcmeet_sfu::framing::{Deframer, MAX_FRAME, TooLong, frame};
use mcmeet_sfu::ice::{Credentials, worker_of};
use mcmeet_sfu::socket::EventFd;
use mcmeet_sfu::tcp::{PROVEN_PER_SESSION, TcpRelay, UNPROVEN_PER_SOURCE, household};
use proptest::prelude::*;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// An engine and what its program does: accept streams and hand them over.
struct Host {
    engine: Engine,
    listener: TcpListener,
}

impl Host {
    fn start(workers: usize) -> Host {
        let listener = TcpListener::bind((LOCALHOST, 0)).unwrap();
        let tcp_port = Some(listener.local_addr().unwrap().port());
        let configuration = Configuration {
            host: LOCALHOST,
            port: 0,
            announce: Vec::new(),
            workers,
            offload: true,
            tcp_port,
        };
        Host { engine: Engine::start(&configuration).unwrap(), listener }
    }

    fn connect(&self) -> TcpStream {
        let client = TcpStream::connect(self.listener.local_addr().unwrap()).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        self.engine.take_stream(self.listener.accept().unwrap().0);
        client
    }

    /// The offer of a new subscriber of a new router, which is another worker's each time.
    fn offer(&self) -> String {
        let router = self.engine.open_router().unwrap();
        let subscriber = self.engine.open_subscriber(router).unwrap();
        let offer = self.engine.offer(subscriber).unwrap();
        // Whoever checks is known from the answer on.
        self.engine.accept_answer(subscriber, &answer(&offer)).unwrap();
        offer
    }
}

fn answer(offer: &str) -> String {
    let client = Credentials { ufrag: "client".into(), password: "password-of-24-characters".into() };
    let ours = |line: &&str| !line.starts_with("a=candidate") && !line.starts_with("a=end-of");
    let lines = offer.lines().filter(ours).map(|line| match line.split_once(':') {
        Some(("a=ice-ufrag", _)) => format!("a=ice-ufrag:{}", client.ufrag),
        Some(("a=ice-pwd", _)) => format!("a=ice-pwd:{}", client.password),
        Some(("a=setup", _)) => "a=setup:active".into(),
        _ => line.into(),
    });
    lines.map(|line| line + "\r\n").collect()
}

fn value<'a>(sdp: &'a str, name: &str) -> &'a str {
    sdp.lines().find_map(|line| line.strip_prefix(name)).unwrap()
}

fn check(offer: &str) -> Vec<u8> {
    let user = format!("{}:client", value(offer, "a=ice-ufrag:"));
    frame(&binding_request(&user, value(offer, "a=ice-pwd:"), true)).collect()
}

fn read_frame(client: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 2];
    client.read_exact(&mut length).unwrap();
    let mut packet = vec![0; u16::from_be_bytes(length).into()];
    client.read_exact(&mut packet).unwrap();
    packet
}

fn is_closed(client: &mut TcpStream) -> bool {
    match client.read(&mut [0; 16]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[test]
fn every_candidate_is_offered_for_streams_too_behind_all_others() {
    let host = Host::start(1);
    let port = host.listener.local_addr().unwrap().port();
    let offer = host.offer();
    let line = format!(" 1 tcp 1526726655 127.0.0.1 {port} typ host tcptype passive");
    let candidates: Vec<_> = offer.lines().filter(|line| line.starts_with("a=candidate")).collect();
    assert_eq!(candidates.len(), 2);
    assert!(candidates[1].ends_with(&line), "{}", candidates[1]);
}

#[test]
fn a_check_on_a_stream_is_answered_by_the_worker_that_has_its_session() {
    let host = Host::start(3);
    for _ in 0..3 {
        let mut client = host.connect();
        let check = check(&host.offer());
        // A stream has no packets: it comes in pieces.
        for piece in check.chunks(7) {
            client.write_all(piece).unwrap();
        }
        let response = read_frame(&mut client);
        assert!(StunMessage::parse(&response).unwrap().is_successful_binding_response());
    }
    host.engine.close();
}

#[test]
fn a_stream_of_nobody_or_of_nonsense_is_closed_and_others_go_on() {
    let host = Host::start(1);
    let offer = host.offer();
    let mut good = host.connect();
    let first_of = |text: &str| frame(text.as_bytes()).collect::<Vec<u8>>();
    let too_long = vec![0xFF; 4_096];
    let foreign_worker = frame(&binding_request("z2345678:client", "password", true)).collect();
    for nonsense in [first_of("GET / HTTP/1.1"), first_of(""), too_long, foreign_worker] {
        let mut stranger = host.connect();
        stranger.write_all(&nonsense).unwrap();
        assert!(is_closed(&mut stranger));
    }
    good.write_all(&check(&offer)).unwrap();
    assert!(StunMessage::parse(&read_frame(&mut good)).unwrap().is_successful_binding_response());
}

#[test]
fn who_proves_nothing_gives_way_and_is_closed_soon() {
    let host = Host::start(1);
    let offer = host.offer();
    let mut proven = host.connect();
    proven.write_all(&check(&offer)).unwrap();
    read_frame(&mut proven);
    let mut silent: Vec<TcpStream> = (0..=UNPROVEN_PER_SOURCE).map(|_| host.connect()).collect();
    silent[1].write_all(&[0]).unwrap();
    assert!(is_closed(&mut silent[0]), "one more than its source may have");
    assert!(is_closed(silent.last_mut().unwrap()), "it said nothing for seconds");
    proven.write_all(&check(&offer)).unwrap();
    read_frame(&mut proven);
}

#[test]
fn one_session_has_so_many_proven_streams_and_the_one_silent_for_the_longest_time_gives_way() {
    let host = Host::start(1);
    let (offer, another) = (host.offer(), host.offer());
    let mut neighbour = host.connect();
    neighbour.write_all(&check(&another)).unwrap();
    read_frame(&mut neighbour);
    let prove = |client: &mut TcpStream| {
        client.write_all(&check(&offer)).unwrap();
        assert!(StunMessage::parse(&read_frame(client)).unwrap().is_successful_binding_response());
    };
    let mut streams: Vec<TcpStream> = (0..PROVEN_PER_SESSION).map(|_| host.connect()).collect();
    streams.iter_mut().for_each(prove);
    // The first of them is heard again.
    prove(&mut streams[0]);
    let mut newcomer = host.connect();
    prove(&mut newcomer);
    assert!(is_closed(&mut streams.remove(1)));
    streams.iter_mut().for_each(prove);
    prove(&mut newcomer);
    neighbour.write_all(&check(&another)).unwrap();
    read_frame(&mut neighbour);
}

#[test]
fn a_stream_is_not_proven_by_another_session_than_the_one_that_it_named() {
    let host = Host::start(1);
    let (named, own) = (host.offer(), host.offer());
    let mut client = host.connect();
    let forged = named.replace("a=ice-pwd:", "a=ice-pwd:not");
    client.write_all(&check(&forged)).unwrap();
    client.write_all(&check(&own)).unwrap();
    assert!(is_closed(&mut client), "an answer came");
}

/// A relay of few places before a worker that answers everything.
struct SmallRelay {
    arriving: Sender<TcpStream>,
    wakeup: Arc<EventFd>,
}

impl SmallRelay {
    fn start(max_proven: usize) -> SmallRelay {
        let worker = UdpSocket::bind((LOCALHOST, 0)).unwrap();
        let (arriving, wakeup) = (channel(), Arc::new(EventFd::new().unwrap()));
        let relay = TcpRelay::new(&[worker.local_addr().unwrap()], arriving.1, wakeup.clone(), max_proven);
        std::thread::spawn(move || relay.run());
        std::thread::spawn(move || {
            let mut packet = [0; MAX_FRAME];
            while let Ok((length, client)) = worker.recv_from(&mut packet) {
                let _ = worker.send_to(&packet[..length], client);
            }
        });
        SmallRelay { arriving: arriving.0, wakeup }
    }

    /// A stream from this address that is proven, of a session of its own. The relay's end is the one that connects:
    /// whoever accepts may choose an address.
    fn connect(&self, source: IpAddr) -> TcpStream {
        let listener = TcpListener::bind((source, 0)).unwrap();
        self.arriving.send(TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
        let mut client = listener.accept().unwrap().0;
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        self.wakeup.signal();
        is_answered(&mut client);
        client
    }
}

fn is_answered(client: &mut TcpStream) {
    let ufrag = Credentials::random_of(0).ufrag;
    let name = format!("{ufrag}:client");
    client.write_all(&frame(&binding_request(&name, "password", true)).collect::<Vec<u8>>()).unwrap();
    read_frame(client);
}

#[test]
fn where_all_places_are_taken_the_source_that_has_most_gives_way() {
    let relay = SmallRelay::start(4);
    let office = LOCALHOST;
    let elsewhere = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let mut colleagues: Vec<TcpStream> = (0..4).map(|_| relay.connect(office)).collect();
    assert!(is_closed(&mut relay.connect(office)), "nobody has fewer");
    let mut others: Vec<TcpStream> = vec![relay.connect(elsewhere)];
    assert!(is_closed(&mut colleagues.pop().unwrap()), "another source had none");
    others.push(relay.connect(elsewhere));
    assert!(is_closed(&mut colleagues.pop().unwrap()), "another source had fewer");
    assert!(is_closed(&mut relay.connect(elsewhere)), "now both have as many");
    colleagues.iter_mut().chain(&mut others).for_each(is_answered);
}

#[test]
fn all_addresses_of_one_ipv6_network_are_one_source_and_each_ipv4_address_is_one() {
    let source = |text: &str| household(text.parse().unwrap());
    assert_eq!(source("2001:db8:0:1::1"), source("2001:db8:0:1:ffff:ffff:ffff:ffff"));
    assert_ne!(source("2001:db8:0:1::1"), source("2001:db8:0:2::1"));
    assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
    assert_ne!(source("::ffff:192.0.2.1"), source("::ffff:192.0.2.2"));
}

#[test]
fn closing_the_engine_closes_the_streams() {
    let host = Host::start(1);
    let mut client = host.connect();
    host.engine.close();
    assert!(is_closed(&mut client));
}

#[test]
fn a_fragment_says_whose_it_is() {
    for worker in [0, 1, 63] {
        assert_eq!(worker_of(&Credentials::random_of(worker).ufrag), Some(worker));
    }
    assert_eq!(worker_of(""), None);
    assert_eq!(worker_of("é"), None);
}

proptest! {
    #[test]
    fn packets_come_out_as_they_went_in(
        packets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..10),
        piece in 1usize..50,
    ) {
        let stream: Vec<u8> = packets.iter().flat_map(|packet| frame(packet)).collect();
        let (mut deframer, mut out) = (Deframer::default(), Vec::new());
        for bytes in stream.chunks(piece) {
            deframer.feed(bytes, |packet| out.push(packet.to_vec())).unwrap();
        }
        prop_assert_eq!(out, packets);
    }

    #[test]
    fn no_stream_breaks_it_or_makes_it_remember_more_than_a_frame(
        bytes in proptest::collection::vec(any::<u8>(), 0..5_000)
    ) {
        let mut longest = 0;
        let fed = Deframer::default().feed(&bytes, |packet| longest = longest.max(packet.len()));
        prop_assert!(longest <= MAX_FRAME);
        prop_assert!(fed.is_ok() || fed == Err(TooLong));
    }
}
