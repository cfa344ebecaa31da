//! Tracks that come and go, and a track whose SSRC changes: what the subscribers then get.
use crate::calls::{FRAME, send};
use crate::peer::{
    Peer, Publisher, Subscriber, assert_all_authentic, run_for, run_until, settle, start_engine,
    start_engine_with,
};
use mcmeet_sfu::engine::Engine;
use mcmeet_sfu::ids::ProducerId;
use mcmeet_sfu::sdp::VP8_PAYLOAD_TYPE;
use mcmeet_sfu::stats::ProducerStats;
use std::time::Duration;

fn producer_stats(engine: &Engine, producer: ProducerId) -> ProducerStats {
    let stats = engine.stats().unwrap();
    stats.producers.into_iter().find(|(id, _)| *id == producer).unwrap().1
}

#[test]
fn the_seventieth_track_of_one_connection_arrives_like_the_first() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::connect(&engine, router);
    // The camera stays on; its sequence numbers have begun anew, so that its rollover counter is not 0.
    let camera = publisher.video_mid();
    for _ in 0..4 {
        publisher.send_frame(true, 3);
        run_for(&mut [&mut publisher.peer], FRAME);
    }
    for round in 1..=70 {
        let (screen, mid) = publisher.add_video(&engine, &format!("screen{round}"));
        publisher.send_video_in(mid, 1);
        if round == 70 {
            subscriber.consume(&engine, screen, "TR_70");
            subscriber.negotiate(&engine);
            settle(&engine);
        }
        publisher.send_frame(true, 3);
        // The subscriber has nothing to receive yet, but must not fall silent while this takes long.
        let mut peers = [&mut publisher.peer, &mut subscriber.peer];
        run_until(&mut peers, &format!("track {round} arrives"), |_| {
            producer_stats(&engine, screen).packets == 3
        });
        if round < 70 {
            engine.close_producer(screen).unwrap();
        }
    }
    run_until(&mut [&mut subscriber.peer], "it reaches the subscriber", |peers| peers[0].received.len() == 3);
    publisher.send_video_in(camera, 65_542);
    publisher.send_frame(true, 3);
    run_until(&mut [&mut publisher.peer], "the camera's packets arrive", |_| {
        producer_stats(&engine, publisher.video).packets == 15
    });
    let stats = engine.stats().unwrap();
    assert!(stats.transports.iter().all(|(_, transport)| transport.counters.refused_packets == 0));
    assert!(stats.transports.iter().all(|(_, transport)| transport.counters.decrypt_failures == 0));
}

#[test]
fn a_track_stopped_and_started_under_its_ssrc_goes_on_behind_the_end_of_its_numbers() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    // Six packets up to the end of the sequence numbers: from then on the rollover counter is not 0.
    for frame in 0..4 {
        publisher.send_frame(frame == 0, 3);
        run_for(&mut [&mut publisher.peer], FRAME);
    }
    engine.close_producer(publisher.video).unwrap();
    settle(&engine);
    let video = engine.produce(publisher.transport, publisher.video_mid().as_ref()).unwrap();
    settle(&engine);
    publisher.send_frame(true, 3);
    run_until(&mut [&mut publisher.peer], "its packets arrive", |_| {
        producer_stats(&engine, video).packets == 3
    });
    assert_all_authentic(&engine.stats().unwrap());
}

#[test]
fn when_a_publishers_ssrc_changes_its_subscribers_go_on_at_the_next_key_frame() {
    for offload in [true, false] {
        ssrc_changes(offload);
    }
}

fn ssrc_changes(offload: bool) {
    let engine = start_engine_with(offload);
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::of(&engine, router, &[publisher.video]);
    send(&mut publisher, &mut [&mut subscriber.peer], 5);
    run_until(&mut [&mut subscriber.peer], "packets flow", |peers| peers[0].received.len() == 15);

    publisher.change_video_ssrc(300);
    let asked = publisher.peer.key_frame_requests;
    publisher.send_frame(false, 3);
    run_until(&mut [&mut publisher.peer, &mut subscriber.peer], "a key frame is asked for", |peers| {
        peers[0].key_frame_requests > asked
    });
    assert_eq!(subscriber.peer.received.len(), 15, "it cannot decode them without one");
    for frame in 0..5 {
        publisher.send_frame(frame == 0, 3);
        run_for(&mut [&mut publisher.peer, &mut subscriber.peer], FRAME);
    }
    run_until(&mut [&mut publisher.peer, &mut subscriber.peer], "packets flow again", |peers| {
        peers[1].received.len() >= 30
    });
    let received = &subscriber.peer.received;
    assert_eq!(received.len(), 30, "each once");
    let first = received[0].sequence;
    let numbers: Vec<u64> = received.iter().map(|packet| packet.sequence - first).collect();
    assert_eq!(numbers, (0..30).collect::<Vec<u64>>(), "its numbers go on without a gap");
    let elapsed = received[15].timestamp.wrapping_sub(received[14].timestamp);
    assert!((1..900_000).contains(&elapsed), "time goes on too: {elapsed}");
    let last = subscriber.peer.payloads(VP8_PAYLOAD_TYPE).pop().unwrap();
    assert!(last.ends_with(b"vp8 317"), "{last:?}");
    assert_all_authentic(&engine.stats().unwrap());
}

#[test]
fn what_is_still_on_its_way_under_the_old_ssrc_does_not_bring_it_back() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscriber = Subscriber::of(&engine, router, &[publisher.video]);
    publisher.send_frame(true, 3);
    run_until(&mut [&mut publisher.peer, &mut subscriber.peer], "the old one arrives", |peers| {
        peers[1].received.len() == 3
    });
    publisher.peer.held = Some(Vec::new());
    publisher.send_frame(false, 3);
    run_until(&mut [&mut publisher.peer], "three packets are held back", |peers| {
        peers[0].held.as_ref().is_some_and(|held| held.len() == 3)
    });
    let late = publisher.peer.held.take().unwrap();
    // The late ones' numbers look newer than these.
    publisher.change_video_ssrc(65_500);
    publisher.send_frame(true, 3);
    run_until(&mut [&mut publisher.peer, &mut subscriber.peer], "the new one arrives", |peers| {
        peers[1].received.len() == 6
    });
    for packet in late {
        publisher.peer.forge(&engine, &packet);
    }
    publisher.send_frame(false, 3);
    run_until(&mut [&mut publisher.peer, &mut subscriber.peer], "it goes on", |peers| {
        peers[1].received.len() == 9
    });
    run_for(&mut [&mut publisher.peer, &mut subscriber.peer], Duration::from_millis(50));
    assert_eq!(subscriber.peer.received.len(), 9);
}

#[test]
fn a_change_of_the_ssrc_between_two_packets_of_one_turn_sends_none_twice() {
    let engine = start_engine();
    let router = engine.open_router().unwrap();
    let mut publisher = Publisher::connect(&engine, router);
    let mut subscribers: Vec<Subscriber> =
        (0..12).map(|_| Subscriber::of(&engine, router, &[publisher.video])).collect();
    publisher.send_frame(true, 3);
    run_until(&mut [&mut publisher.peer], "the first frame is out", |_| {
        engine.stats().unwrap().consumers.iter().all(|(_, consumer)| consumer.packets == 3)
    });
    // Six packets at once: with so many receivers the engine collects them before it sends.
    publisher.peer.held = Some(Vec::new());
    let held = |count: usize| move |peers: &mut [&mut Peer]| peers[0].held.as_ref().unwrap().len() == count;
    publisher.send_frame(false, 3);
    run_until(&mut [&mut publisher.peer], "the old SSRC's packets are made", held(3));
    publisher.change_video_ssrc(300);
    publisher.send_frame(true, 3);
    run_until(&mut [&mut publisher.peer], "the new SSRC's packets are made", held(6));
    for packet in publisher.peer.held.take().unwrap() {
        publisher.peer.forge(&engine, &packet);
    }
    let mut peers: Vec<&mut Peer> = subscribers.iter_mut().map(|subscriber| &mut subscriber.peer).collect();
    run_until(&mut peers, "the new SSRC's frame arrives", |peers| {
        peers
            .iter()
            .all(|peer| peer.payloads(VP8_PAYLOAD_TYPE).iter().any(|payload| payload.ends_with(b"vp8 302")))
    });
    // A client takes a packet that comes twice for a replay.
    let received: usize = peers.iter().map(|peer| peer.received.len()).sum();
    let sent: u64 = engine.stats().unwrap().consumers.iter().map(|(_, consumer)| consumer.packets).sum();
    assert_eq!(sent, received as u64);
}
