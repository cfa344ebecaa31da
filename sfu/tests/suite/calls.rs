//! Calls between str0m clients through the engine, judged by the packets that arrive.
use crate::peer::{
    Loss, PATIENCE, Peer, Publisher, Subscriber, assert_all_authentic, run_for, run_until, settle,
    start_engine, start_engine_of, start_engine_with, vp8_data, wait_event,
};
use mcmeet_sfu::events::Event;
use mcmeet_sfu::ids::ConsumerId;
use mcmeet_sfu::sdp::{OPUS_PAYLOAD_TYPE, VP8_PAYLOAD_TYPE};
use mcmeet_sfu::srtp::Profile;
use std::net::UdpSocket;
use std::time::{Duration, Instant};
use str0m::media::KeyframeRequestKind;

pub const FRAME: Duration = Duration::from_millis(10);
/// Of a few packets each: more than so many would overflow a small socket buffer while the engine gets no time.
const PACED: u8 = 16;

/// `frames` frames of three packets with one audio packet each, a key frame first.
pub fn send(publisher: &mut Publisher, receivers: &mut [&mut Peer], frames: usize) {
    for frame in 0..frames {
        publisher.send_frame(frame == 0, 3);
        publisher.send_audio();
        let mut peers: Vec<&mut Peer> = vec![&mut publisher.peer];
        peers.extend(receivers.iter_mut().map(|peer| &mut **peer));
        run_for(&mut peers, FRAME);
    }
}

fn data(payloads: &[Vec<u8>]) -> Vec<&[u8]> {
    payloads.iter().map(|payload| vp8_data(payload)).collect()
}

#[test]
fn every_packet_reaches_every_subscriber_with_numbers_of_its_own() {
    every_packet_reaches_every_subscriber(true);
}

#[test]
fn every_packet_reaches_every_subscriber_where_the_kernel_does_not_segment() {
    every_packet_reaches_every_subscriber(false);
}

fn every_packet_reaches_every_subscriber(offload: bool) {
    let engine = start_engine_with(offload);
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let tracks = [publisher.audio, publisher.video];
    let mut first = Subscriber::of(&engine, router, &tracks);
    let mut second = Subscriber::of(&engine, router, &tracks);

    send(&mut publisher, &mut [&mut first.peer, &mut second.peer], 30);
    for subscriber in [&mut first, &mut second] {
        run_until(&mut [&mut subscriber.peer], "all packets arrive", |peers| peers[0].received.len() == 120);
        let audio = subscriber.peer.payloads(OPUS_PAYLOAD_TYPE);
        assert_eq!(
            audio,
            (1_000..1_030).map(|number| format!("opus {number}").into_bytes()).collect::<Vec<_>>()
        );
        let video = subscriber.peer.payloads(VP8_PAYLOAD_TYPE);
        assert_eq!(video.len(), 90);
        assert!(data(&video)[89].ends_with(b"vp8 65619"), "the sender's rollover does not show");
        let received = subscriber.peer.received.iter();
        let mut numbers: Vec<_> = received.map(|packet| (packet.ssrc, packet.sequence)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), subscriber.peer.received.len());
    }
    let stats = engine.stats().unwrap();
    assert_all_authentic(&stats);
    assert!(stats.transports.iter().all(|(_, transport)| transport.profile == Some(Profile::AeadAes256Gcm)));
    let video = &stats.producers.iter().find(|(id, _)| *id == publisher.video).unwrap().1;
    assert_eq!((video.packets, video.lost, video.width, video.height), (90, 0, 640, 360));
}

#[test]
fn retransmission_repairs_loss_on_both_sides() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::of(&engine, router, &[publisher.video]);
    publisher.peer.loss_out = Loss::every(11);
    subscriber.peer.loss_in = Loss::every(13);

    for frame in 0..60 {
        publisher.send_frame(frame == 0, 3);
        run_for(&mut [&mut publisher.peer, &mut subscriber.peer], FRAME);
    }
    let mut peers = [&mut publisher.peer, &mut subscriber.peer];
    run_until(&mut peers, "all losses are repaired", |peers| peers[1].received.len() >= 178);

    let stats = engine.stats().unwrap();
    assert_all_authentic(&stats);
    let video = &stats.producers.iter().find(|(id, _)| *id == publisher.video).unwrap().1;
    let consumer = &stats.consumers[0].1;
    assert!(video.nacks_sent > 0 && video.rtx_received > 0, "{video:?}");
    assert!(consumer.nacks_received > 0 && consumer.rtx_sent > 0, "{consumer:?}");
}

#[test]
fn a_publisher_is_told_what_arrived_so_that_it_can_tell_what_was_lost() {
    let engine = start_engine();
    let mut publisher = Publisher::connect(&engine, engine.open_router().unwrap());
    publisher.peer.loss_out = Loss::every(4);
    // A report is of what was sent since the last one: some are of nothing.
    let knows_its_loss = |_| {
        send(&mut publisher, &mut [], 30);
        publisher.peer.egress_loss.is_some_and(|loss| (0.1..0.4).contains(&loss))
    };
    assert!((1..30).any(knows_its_loss));
}

#[test]
fn a_paused_producer_reaches_nobody() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::of(&engine, router, &[publisher.audio, publisher.video]);
    send(&mut publisher, &mut [&mut subscriber.peer], 5);
    run_until(&mut [&mut subscriber.peer], "packets flow", |peers| peers[0].received.len() == 20);

    engine.pause_producer(publisher.audio, true).unwrap();
    engine.pause_producer(publisher.video, true).unwrap();
    settle(&engine);
    send(&mut publisher, &mut [&mut subscriber.peer], 20);
    settle(&engine);
    assert_eq!(subscriber.peer.received.len(), 20);

    engine.pause_producer(publisher.audio, false).unwrap();
    engine.pause_producer(publisher.video, false).unwrap();
    settle(&engine);
    send(&mut publisher, &mut [&mut subscriber.peer], 5);
    run_until(&mut [&mut subscriber.peer], "packets flow again", |peers| peers[0].received.len() == 40);
    let mut numbers: Vec<u64> = subscriber
        .peer
        .received
        .iter()
        .filter(|packet| packet.payload_type == VP8_PAYLOAD_TYPE)
        .map(|packet| packet.sequence)
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers[29] - numbers[0], 29, "the pause leaves no gap");
}

#[test]
fn a_paused_consumer_is_silent_and_comes_back_with_a_key_frame() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::connect(&engine, router);
    let consumer = subscriber.consume(&engine, publisher.video, "TR_V");
    subscriber.negotiate(&engine);
    send(&mut publisher, &mut [&mut subscriber.peer], 5);
    run_until(&mut [&mut subscriber.peer], "packets flow", |peers| peers[0].received.len() == 15);

    engine.pause_consumer(consumer, true).unwrap();
    settle(&engine);
    send(&mut publisher, &mut [&mut subscriber.peer], 5);
    assert_eq!(subscriber.peer.received.len(), 15);

    engine.pause_consumer(consumer, false).unwrap();
    settle(&engine);
    run_until(&mut [&mut publisher.peer, &mut subscriber.peer], "the missed frames come", |peers| {
        peers[1].received.len() == 30
    });
    let last = subscriber.peer.payloads(VP8_PAYLOAD_TYPE);
    assert_eq!(&vp8_data(&last[15])[3..6], [0x9D, 0x01, 0x2A], "it begins at a key frame");
}

#[test]
fn a_late_subscriber_is_served_from_the_last_key_frame() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    // A handshake would take up much of the second in which a key frame is recent.
    let mut late = Subscriber::connect(&engine, router);
    send(&mut publisher, &mut [&mut late.peer], 40);
    late.consume(&engine, publisher.video, "TR_V");
    late.negotiate(&engine);
    run_until(&mut [&mut late.peer], "the replay arrives", |peers| peers[0].received.len() == 120);
    send(&mut publisher, &mut [&mut late.peer], 5);
    run_until(&mut [&mut late.peer], "live packets follow", |peers| peers[0].received.len() == 135);
    let video = late.peer.payloads(VP8_PAYLOAD_TYPE);
    assert_eq!(&vp8_data(&video[0])[3..6], [0x9D, 0x01, 0x2A]);
    assert_all_authentic(&engine.stats().unwrap());
}

#[test]
fn a_subscriber_without_a_recent_key_frame_asks_the_publisher_for_one() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    publisher.send_frame(false, 3);
    let mut subscriber = Subscriber::connect(&engine, router);
    subscriber.consume(&engine, publisher.video, "TR_V");
    run_until(&mut [&mut publisher.peer], "a key frame is asked for", |peers| {
        peers[0].key_frame_requests > 0
    });
    subscriber.negotiate(&engine);
    settle(&engine);
    publisher.send_frame(false, 3);
    run_for(&mut [&mut publisher.peer, &mut subscriber.peer], Duration::from_millis(50));
    assert!(subscriber.peer.received.is_empty(), "video begins at a key frame");
    publisher.send_frame(true, 3);
    run_until(&mut [&mut publisher.peer, &mut subscriber.peer], "the key frame arrives", |peers| {
        peers[1].received.len() == 3
    });
}

#[test]
fn a_subscriber_that_lost_the_picture_asks_the_publisher_for_another() {
    for kind in [KeyframeRequestKind::Pli, KeyframeRequestKind::Fir] {
        let engine = start_engine();
        let router = engine.open_router().unwrap();
        let mut publisher = Publisher::connect(&engine, router);
        let mut subscriber = Subscriber::of(&engine, router, &[publisher.video]);
        send(&mut publisher, &mut [&mut subscriber.peer], 5);
        run_until(&mut [&mut subscriber.peer], "video arrives", |peers| peers[0].received.len() == 15);
        publisher.peer.key_frame_requests = 0;
        let asked = || engine.stats().unwrap().consumers[0].1.plis_received;
        assert_eq!(asked(), 0);
        subscriber.peer.lose_picture(kind);
        run_until(&mut [&mut publisher.peer, &mut subscriber.peer], "a key frame is asked for", |peers| {
            peers[0].key_frame_requests > 0
        });
        assert_eq!(asked(), 1, "{kind:?}");
    }
}

#[test]
fn a_receiver_that_asks_all_the_time_costs_the_others_a_key_frame_a_second() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::of(&engine, router, &[publisher.video]);
    send(&mut publisher, &mut [&mut subscriber.peer], 1);
    run_until(&mut [&mut subscriber.peer], "video arrives", |peers| !peers[0].received.is_empty());
    let start = Instant::now();
    let (mut answered, mut key_frames) = (publisher.peer.key_frame_requests, 0);
    let asked = || engine.stats().unwrap().consumers[0].1.plis_received;
    while asked() < 40 {
        subscriber.peer.lose_picture(KeyframeRequestKind::Pli);
        run_for(&mut [&mut publisher.peer, &mut subscriber.peer], 3 * FRAME);
        let is_asked = publisher.peer.key_frame_requests > answered;
        publisher.send_frame(is_asked, 1);
        key_frames += u32::from(is_asked);
        answered = publisher.peer.key_frame_requests;
        assert!(start.elapsed() < PATIENCE, "{} have come", asked());
    }
    let seconds = start.elapsed().as_secs_f64();
    // The first is asked for at once, and one may be since the key frame that everything began with. What is asked for
    // again while this thread gets no time is one key frame.
    assert!(f64::from(key_frames) <= seconds + 2.0, "{key_frames} in {seconds} s");
}

#[test]
fn a_newcomer_does_not_wait_for_the_next_second() {
    // The test's own thread may be late, but not at every attempt.
    let is_quick = || {
        let engine = start_engine();
        let router = engine.open_router().unwrap();
        let mut publisher = Publisher::connect(&engine, router);
        let mut first = Subscriber::of(&engine, router, &[publisher.video]);
        let mut newcomer = Subscriber::connect(&engine, router);
        let asked = publisher.peer.key_frame_requests;
        engine.request_key_frame(publisher.video).unwrap();
        run_until(&mut [&mut publisher.peer], "a key frame is asked for", |peers| {
            peers[0].key_frame_requests > asked
        });
        let (start, asked) = (Instant::now(), publisher.peer.key_frame_requests);
        // Too many packets behind the key frame for a replay.
        for frame in 0..10 {
            publisher.send_frame(frame == 0, 25);
            run_for(&mut [&mut publisher.peer, &mut first.peer], FRAME);
        }
        newcomer.consume(&engine, publisher.video, "TR_V");
        run_until(&mut [&mut publisher.peer, &mut first.peer], "another is asked for", |peers| {
            peers[0].key_frame_requests > asked
        });
        start.elapsed() < Duration::from_millis(900)
    };
    assert!((0..10).any(|_| is_quick()));
}

#[test]
fn nothing_is_sent_before_the_answer_has_accepted_the_section() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::connect(&engine, router);
    let consumer = subscriber.consume(&engine, publisher.audio, "TR_A");
    settle(&engine);
    send(&mut publisher, &mut [&mut subscriber.peer], 5);
    settle(&engine);
    let stats = engine.stats().unwrap();
    assert_eq!(stats.consumers.iter().find(|(id, _)| *id == consumer).unwrap().1.packets, 0);
    subscriber.negotiate(&engine);
    send(&mut publisher, &mut [&mut subscriber.peer], 5);
    run_until(&mut [&mut subscriber.peer], "audio arrives", |peers| peers[0].received.len() == 5);
}

#[test]
fn a_section_is_reused_by_the_next_track_of_its_kind() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut other = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::connect(&engine, router);
    let consumer = subscriber.consume(&engine, publisher.audio, "TR_A");
    assert_eq!(engine.consumer_mid(consumer).unwrap(), "1");
    subscriber.negotiate(&engine);
    send(&mut publisher, &mut [&mut subscriber.peer], 3);
    run_until(&mut [&mut subscriber.peer], "audio arrives", |peers| peers[0].received.len() == 3);
    engine.close_consumer(consumer).unwrap();
    assert!(engine.consumer_mid(consumer).is_err());
    let next = engine.consume(subscriber.transport, other.audio, "PA_2|x", "TR_B").unwrap();
    assert_eq!(engine.consumer_mid(next).unwrap(), "1");
    let offer = engine.offer(subscriber.transport).unwrap();
    assert_eq!(offer.matches("m=audio").count(), 1);
    subscriber.negotiate(&engine);
    settle(&engine);
    subscriber.peer.received.clear();
    send(&mut publisher, &mut [&mut subscriber.peer], 3);
    send(&mut other, &mut [&mut subscriber.peer], 3);
    run_until(&mut [&mut subscriber.peer], "the other's audio arrives", |peers| peers[0].received.len() >= 3);
    assert_eq!(subscriber.peer.received.len(), 3);
}

#[test]
fn a_section_is_not_reused_for_the_same_stream_until_it_was_seen_inactive() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::connect(&engine, router);
    let again = |subscriber: &mut Subscriber, before: Option<ConsumerId>| {
        before.into_iter().for_each(|before| engine.close_consumer(before).unwrap());
        let consumer = subscriber.consume(&engine, publisher.audio, "camera");
        (consumer, engine.consumer_mid(consumer).unwrap())
    };
    let (first, mid) = again(&mut subscriber, None);
    assert_eq!(mid, "1");
    let (first, mid) = again(&mut subscriber, Some(first));
    assert_eq!(mid, "1", "it was never offered");
    engine.offer(subscriber.transport).unwrap();
    let (second, mid) = again(&mut subscriber, Some(first));
    assert_eq!(mid, "2", "it is on its way to the client");
    let offer = engine.offer(subscriber.transport).unwrap();
    assert_eq!((offer.matches("a=inactive").count(), offer.matches("a=sendonly").count()), (1, 1));
    let (third, mid) = again(&mut subscriber, Some(second));
    assert_eq!(mid, "3", "neither has been answered");
    subscriber.negotiate(&engine);
    let (_, mid) = again(&mut subscriber, Some(third));
    assert_eq!(mid, "1", "the client has seen it inactive");
}

#[test]
fn closing_a_producer_closes_its_consumers_and_closing_a_router_everything() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::connect(&engine, router);
    subscriber.consume(&engine, publisher.audio, "TR_A");
    subscriber.consume(&engine, publisher.video, "TR_V");
    engine.close_producer(publisher.audio).unwrap();
    let stats = engine.stats().unwrap();
    assert_eq!((stats.producers.len(), stats.consumers.len()), (1, 1));
    assert!(engine.offer(subscriber.transport).unwrap().contains("a=inactive"));
    engine.close_router(router).unwrap();
    let stats = engine.stats().unwrap();
    assert_eq!((stats.transports.len(), stats.producers.len(), stats.consumers.len()), (0, 0, 0));
}

#[test]
fn routers_do_not_hear_each_other() {
    let engine = start_engine();
    let (here, there) = (engine.open_router().unwrap(), engine.open_router().unwrap());
    let publisher = Publisher::connect(&engine, here);
    let subscriber = engine.open_subscriber(there).unwrap();
    assert!(engine.consume(subscriber, publisher.audio, "PA_1|x", "TR_A").is_err());
}

#[test]
fn a_new_router_goes_to_the_worker_with_the_fewest() {
    let engine = start_engine_of(2, true);
    let port = |router| {
        let offer = engine.offer(engine.open_subscriber(router).unwrap()).unwrap();
        offer
            .lines()
            .find(|line| line.starts_with("a=candidate:"))
            .unwrap()
            .split(' ')
            .nth(5)
            .unwrap()
            .to_owned()
    };
    let (first, second) = (engine.open_router().unwrap(), engine.open_router().unwrap());
    let (port_of_first, port_of_second) = (port(first), port(second));
    assert_ne!(port_of_first, port_of_second);
    engine.close_router(first).unwrap();
    assert_eq!(port(engine.open_router().unwrap()), port_of_first);
}

#[test]
fn who_speaks_is_told_and_who_is_silent_is_not() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    for _ in 0..30 {
        publisher.send_audio();
        run_for(&mut [&mut publisher.peer], FRAME);
    }
    let told = wait_event(&engine, |event| matches!(event, Event::Levels(..)));
    let Event::Levels(of, levels) = told else { unreachable!() };
    assert_eq!((of, levels[0].0), (router, publisher.audio));
    assert!((0.4..=0.7).contains(&levels[0].1), "{levels:?}");
    publisher.set_level(-90);
    for _ in 0..50 {
        publisher.send_audio();
        run_for(&mut [&mut publisher.peer], FRAME);
    }
    assert_eq!(
        wait_event(&engine, |event| matches!(event, Event::Levels(..))),
        Event::Levels(router, vec![])
    );
}

#[test]
fn the_data_channels_of_a_client_open_and_the_subscriber_gets_ours() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::connect(&engine, router);
    run_until(&mut [&mut publisher.peer, &mut subscriber.peer], "channels open", |peers| {
        peers[0].channels == ["_reliable"] && peers[1].channels.len() == 3
    });
    subscriber.peer.channels.sort();
    assert_eq!(subscriber.peer.channels, ["_data_track", "_lossy", "_reliable"]);
}

#[test]
fn garbage_on_the_media_port_is_dropped_and_a_call_goes_on() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::of(&engine, router, &[publisher.audio]);
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut sent = 0;
    for first in 0..=255u8 {
        for length in [1, 12, 20, 200, 1_400] {
            let packet: Vec<u8> = (0..length).map(|at| first.wrapping_add((at * 31) as u8)).collect();
            stranger.send_to(&packet, ("127.0.0.1", engine.port())).unwrap();
            sent += 1;
        }
        stranger.send_to(&[], ("127.0.0.1", engine.port())).unwrap();
        if first % PACED == 0 {
            settle(&engine);
        }
    }
    settle(&engine);
    send(&mut publisher, &mut [&mut subscriber.peer], 10);
    run_until(&mut [&mut subscriber.peer], "audio arrives", |peers| peers[0].received.len() == 10);
    let stats = engine.stats().unwrap();
    assert_all_authentic(&stats);
    assert!(stats.socket.packets_dropped >= sent, "{:?}", stats.socket);
}

#[test]
fn a_certificate_that_is_not_the_one_in_the_sdp_fails_the_transport() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let transport = engine.open_subscriber(router).unwrap();
    let mut peer = Peer::new();
    let offer = engine.offer(transport).unwrap();
    let offer = str0m::change::SdpOffer::from_sdp_string(&offer).unwrap();
    let answer = peer.rtc.sdp_api().accept_offer(offer).unwrap().to_sdp_string();
    let at = answer.find("sha-256 ").unwrap() + "sha-256 ".len();
    let (other, own) = (if answer[at..].starts_with("00") { "11" } else { "00" }, &answer[at..at + 2]);
    let forged = answer.replace(&format!("sha-256 {own}"), &format!("sha-256 {other}"));
    engine.accept_answer(transport, &forged).unwrap();
    let mut ended = Vec::new();
    run_until(&mut [&mut peer], "the handshake ends", |_| {
        ended.extend(engine.drain().into_iter().filter(|event| !matches!(event, Event::Barrier(_))));
        !ended.is_empty()
    });
    assert!(matches!(ended[..], [Event::Failed(id, _)] if id == transport), "{ended:?}");
}

#[test]
fn a_large_room_gets_a_frame_in_fewer_messages_than_packets() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscribers: Vec<Subscriber> =
        (0..12).map(|_| Subscriber::of(&engine, router, &[publisher.video])).collect();
    let before = engine.stats().unwrap().socket;
    let mut receivers: Vec<&mut Peer> =
        subscribers.iter_mut().map(|subscriber| &mut subscriber.peer).collect();
    for frame in 0..20 {
        publisher.send_frame(frame == 0, 4);
        run_for(&mut [&mut publisher.peer], FRAME);
    }
    run_until(&mut receivers, "all packets arrive", |peers| {
        peers.iter().all(|peer| peer.received.len() == 80)
    });
    let after = engine.stats().unwrap().socket;
    let (packets, messages) =
        (after.packets_sent - before.packets_sent, after.messages_sent - before.messages_sent);
    assert!(packets > 2 * messages, "{packets} packets in {messages} messages");
    for peer in receivers {
        assert!(peer.payloads(VP8_PAYLOAD_TYPE)[79].ends_with(b"vp8 65609"), "padding is not payload");
    }
}

#[test]
fn a_client_that_leaves_is_noticed() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    run_until(&mut [&mut publisher.peer], "its data channel opens", |peers| !peers[0].channels.is_empty());
    publisher.peer.rtc.close().unwrap();
    for _ in 0..100 {
        publisher.peer.turn();
        std::thread::sleep(Duration::from_millis(1));
    }
    let transport = publisher.transport;
    wait_event(&engine, |event| matches!(event, Event::Failed(id, _) if *id == transport));
}

#[test]
fn what_a_stranger_forges_from_a_clients_address_does_not_end_its_call() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::of(&engine, router, &[publisher.audio]);
    // DTLS 1.2 in the clear: a fatal alert, a close_notify, the beginning of a ClientHello.
    let alert = |level, description| vec![21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, level, description];
    let hello = [22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 12, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].to_vec();
    for packet in [alert(2, 40), alert(1, 0), hello] {
        publisher.peer.forge(&engine, &packet);
    }
    for first in 0..=255u8 {
        for length in [1, 13, 40, 300] {
            let packet: Vec<u8> = (0..length).map(|at| first.wrapping_add((at * 7) as u8)).collect();
            publisher.peer.forge(&engine, &packet);
        }
        if first % PACED == 0 {
            settle(&engine);
        }
    }
    settle(&engine);
    send(&mut publisher, &mut [&mut subscriber.peer], 10);
    run_until(&mut [&mut subscriber.peer], "audio arrives", |peers| peers[0].received.len() == 10);
    let stats = engine.stats().unwrap();
    assert!(stats.transports.iter().all(|(_, transport)| transport.connected));
    assert_eq!(stats.socket.sessions_panicked, 0);
}
