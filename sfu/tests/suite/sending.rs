//! What leaves the socket: trains where the way takes them, packets where it does not, and no needless padding.
use crate::peer::{Peer, Publisher, Subscriber, run_for, run_until, start_engine};
use mcmeet_sfu::socket::{MediaPort, ReceiveBatch, SOCKET_BUFFER, SendBatch};
use std::net::{SocketAddr, UdpSocket};
use std::rc::Rc;
use std::time::{Duration, Instant};

const GCM_TAG: u64 = 16;
const RTP_HEADER: u64 = 12;

fn receiver() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

fn receive(socket: &UdpSocket, count: usize) -> Vec<Vec<u8>> {
    let mut buffer = [0; 2_048];
    (0..count)
        .map(|_| {
            let length = socket.recv(&mut buffer).expect("a packet comes");
            buffer[..length].to_vec()
        })
        .collect()
}

#[test]
fn a_receiver_that_the_kernel_refuses_costs_the_others_nothing() {
    let port = Rc::new(MediaPort::bind("127.0.0.1:0".parse().unwrap(), true).unwrap());
    let mut out = SendBatch::new(port);
    assert!(out.merges_equal_packets(), "this test needs UDP_SEGMENT");
    let ((before, to_before), (behind, to_behind)) = (receiver(), receiver());
    for round in 1..=2 {
        for to in [to_before, "127.0.0.1:0".parse().unwrap(), to_behind] {
            for packet in 0..3 {
                out.push(to, &[packet; 100]);
            }
        }
        out.flush();
        for socket in [&before, &behind] {
            assert_eq!(receive(socket, 3), [vec![0; 100], vec![1; 100], vec![2; 100]]);
        }
        assert!(out.merges_equal_packets());
        assert_eq!((out.counters.messages, out.counters.errors), (2 * round, 3 * round));
    }
}

#[test]
fn what_the_kernel_gave_for_bursts_is_known() {
    let most: i32 = std::fs::read_to_string("/proc/sys/net/core/rmem_max").unwrap().trim().parse().unwrap();
    assert_eq!(start_engine().receive_buffer(), (most.min(SOCKET_BUFFER), SOCKET_BUFFER));
}

#[test]
fn a_train_that_the_way_does_not_take_goes_packet_by_packet() {
    let port = Rc::new(MediaPort::bind("127.0.0.1:0".parse().unwrap(), true).unwrap());
    port.refuse_trains().unwrap();
    let mut out = SendBatch::new(port);
    let (socket, to) = receiver();
    for packet in 0..3 {
        out.push(to, &[packet; 100]);
    }
    out.push(to, &[3; 40]);
    out.flush();
    assert_eq!(receive(&socket, 4), [vec![0; 100], vec![1; 100], vec![2; 100], vec![3; 40]]);
    assert!(out.merges_equal_packets(), "another way may take it");
    assert_eq!((out.counters.packets, out.counters.messages, out.counters.errors), (4, 4, 0));
}

#[test]
fn packets_are_padded_to_the_longest_of_their_train_and_no_further() {
    const SUBSCRIBERS: u64 = 12;
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscribers: Vec<Subscriber> =
        (0..SUBSCRIBERS).map(|_| Subscriber::of(&engine, router, &[publisher.video])).collect();
    let mut peers: Vec<&mut Peer> = subscribers.iter_mut().map(|subscriber| &mut subscriber.peer).collect();
    let sender = publisher.transport;
    let sent = || -> u64 {
        let transports = engine.stats().unwrap().transports.into_iter().filter(|(id, _)| *id != sender);
        transports.map(|(_, transport)| transport.counters.bytes_sent).sum()
    };
    let is_padded = |frame: usize| {
        let before = sent();
        publisher.send_lengths(true, &[1_171, 1_170, 1_171, 1_169, 40]);
        run_until(&mut peers, "a frame arrives", |peers| {
            peers.iter().all(|peer| peer.received.len() == 5 * frame)
        });
        run_for(&mut [&mut publisher.peer], Duration::from_millis(5));
        let (bytes, padded) = (sent() - before, 4 * 1_171 + 40 + 5 * (RTP_HEADER + GCM_TAG));
        assert!(bytes <= SUBSCRIBERS * padded);
        bytes == SUBSCRIBERS * padded
    };
    // This thread may be too late for a train, but not at every attempt.
    assert!((1..10).any(is_padded));
}

#[test]
fn a_packet_has_arrived_when_the_network_brought_it_not_when_it_is_read() {
    const WAITS: Duration = Duration::from_millis(30);
    for offload in [true, false] {
        let port = MediaPort::bind("127.0.0.1:0".parse().unwrap(), offload).unwrap();
        let (sender, from) = receiver();
        let start = Instant::now();
        sender.send_to(&[1; 100], port.local_addr().unwrap()).unwrap();
        let sent = Instant::now();
        std::thread::sleep(WAITS);
        let mut arrivals = Vec::new();
        ReceiveBatch::new(&port).receive(&port, |packet, sender, arrived| {
            assert_eq!((packet.len(), sender), (100, from));
            arrivals.push(arrived);
        });
        let [arrived] = arrivals[..] else { panic!("{arrivals:?}") };
        // Two clocks are compared.
        let slack = Duration::from_millis(5);
        assert!(arrived + slack >= start && arrived <= sent + slack, "{:?}", arrived.duration_since(start));
    }
}
