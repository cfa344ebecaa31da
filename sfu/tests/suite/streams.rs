//! A producer's numbers and a consumer's, packet by packet, without a network.
use crate::peer::vp8_payload;
use mcmeet_sfu::budget::Budget;
use mcmeet_sfu::consumer::{Consumer, ConsumerParameters};
use mcmeet_sfu::ids::{ConsumerId, ProducerId, TransportId};
use mcmeet_sfu::producer::{Arrival, Producer, ProducerParameters, StreamRole};
use mcmeet_sfu::reception::{Reception, SenderClock};
use mcmeet_sfu::ring::Packet;
use mcmeet_sfu::rtp::{HEADER_LENGTH, Header, MediaKind, OutgoingHeader};
use mcmeet_sfu::speaker::ActiveSpeakerObserver;
use mcmeet_sfu::vp8::Descriptor;
use proptest::prelude::*;
use std::collections::HashSet;
use std::time::{Duration, Instant};

const VP8: u8 = 96;
const RTX: u8 = 97;

fn video_producer() -> Producer {
    let parameters = ProducerParameters {
        kind: MediaKind::Video,
        mid: "1".into(),
        rid: Some("f".into()),
        ssrc: None,
        rtx_ssrc: None,
        payload_type: VP8,
        rtx_payload_type: Some(RTX),
    };
    Producer::new(TransportId(1), parameters)
}

fn header(payload_type: u8, sequence: u16) -> Header {
    let mut bytes = [0; HEADER_LENGTH];
    let (timestamp, ssrc) = (u32::from(sequence) * 3_000, 5);
    OutgoingHeader { payload_type, marker: true, padded: false, sequence, timestamp, ssrc }.write(&mut bytes);
    Header::parse(&bytes).unwrap()
}

fn receive(producer: &mut Producer, sequence: u16, key: bool, now: Instant) -> bool {
    let payload = vp8_payload(sequence, key, true, u64::from(sequence));
    producer.receive(&header(VP8, sequence), &payload, StreamRole::Media, Arrival { now, seconds: 0.0 })
}

fn pending(producer: &mut Producer) -> Vec<u16> {
    producer.pending.drain(..).map(|pending| pending.sequence as u16).collect()
}

fn consumer() -> Consumer {
    let parameters = ConsumerParameters {
        kind: MediaKind::Video,
        ssrc: 0x1000,
        payload_type: VP8,
        rtx: Some((0x2000, RTX)),
    };
    Consumer::new(TransportId(2), ProducerId(3), parameters)
}

fn packet(sequence: u64, timestamp: u32, picture_id: u16) -> Packet {
    let payload = vp8_payload(picture_id, true, true, sequence);
    let descriptor = Descriptor::parse(&payload).unwrap();
    Packet { sequence, timestamp, marker: true, descriptor, starts_key_frame: true, payload }
}

/// Sequence number, timestamp, PictureID and TL0PICIDX as a client would see them.
fn write(consumer: &mut Consumer, packet: &Packet, now: Instant) -> Option<(u64, u32, u16, u8)> {
    let mut buffer = [0; 256];
    let written = consumer.write(packet, 0, &mut buffer, now)?;
    let header = Header::parse(&buffer[..written.length]).unwrap();
    let payload = &buffer[HEADER_LENGTH..written.length];
    let descriptor = Descriptor::parse(payload).unwrap();
    let picture_id = descriptor.read_picture_id(payload).unwrap();
    let tl0 = descriptor.read_tl0_picture_index(payload).unwrap();
    Some((written.index, header.timestamp, picture_id, tl0))
}

#[test]
fn new_packets_wait_once_whatever_order_they_come_in() {
    let (mut producer, now) = (video_producer(), Instant::now());
    for sequence in [100, 102, 101, 102, 100, 103] {
        receive(&mut producer, sequence, false, now);
    }
    assert_eq!(pending(&mut producer), [100, 102, 101, 103]);
    assert_eq!((producer.reception.packets, producer.reception.missing()), (4, 0));
    assert!(producer.nacks.is_empty());
}

#[test]
fn a_gap_is_asked_for_and_closed_by_a_retransmission() {
    let (mut producer, now) = (video_producer(), Instant::now());
    receive(&mut producer, 65_535, true, now);
    receive(&mut producer, 2, false, now);
    let highest = producer.highest().unwrap();
    assert_eq!(producer.nacks.due(highest, now), [0, 1]);
    assert_eq!(producer.reception.missing(), 2);
    let mut payload = vec![0, 1];
    payload.extend(vp8_payload(1, false, true, 1));
    let arrival = Arrival { now, seconds: 0.0 };
    assert!(producer.receive(&header(RTX, 9), &payload, StreamRole::Repair, arrival));
    assert!(!producer.receive(&header(RTX, 10), &payload, StreamRole::Repair, arrival), "twice the same");
    assert_eq!(pending(&mut producer), [65_535, 2, 1]);
    assert_eq!(producer.nacks.due(highest, now + Duration::from_secs(1)), [0]);
}

#[test]
fn a_receiver_report_calls_what_a_retransmission_repaired_lost() {
    let (mut producer, now) = (video_producer(), Instant::now());
    receive(&mut producer, 10, true, now);
    receive(&mut producer, 12, false, now);
    let mut payload = vec![0, 11];
    payload.extend(vp8_payload(11, false, true, 11));
    let arrival = Arrival { now, seconds: 0.0 };
    assert!(producer.receive(&header(RTX, 9), &payload, StreamRole::Repair, arrival));
    assert_eq!(producer.reception.missing(), 0);
    let block = producer.reception.report(5, producer.reported_sequence(), None, now);
    assert_eq!((block.lost, block.fraction_lost), (1, 85));
}

#[test]
fn a_loss_that_cannot_be_repaired_is_mended_by_a_key_frame() {
    let now = Instant::now();
    let with_receiver = || {
        let mut producer = video_producer();
        producer.bind(5);
        producer.consumers.push((ConsumerId(1), TransportId(2)));
        receive(&mut producer, 10, true, now);
        producer
    };
    let mut long_gap = with_receiver();
    receive(&mut long_gap, 310, false, now);
    assert!(long_gap.wants_key_frame());

    let mut asked_in_vain = with_receiver();
    receive(&mut asked_in_vain, 12, false, now);
    let tries = (0..20).map(|at| asked_in_vain.due_nacks(now + at * Duration::from_millis(50)).len());
    assert_eq!(tries.sum::<usize>(), 10);
    assert!(asked_in_vain.wants_key_frame());

    let mut key_frame_behind_it = with_receiver();
    receive(&mut key_frame_behind_it, 12, true, now);
    for at in 0..20 {
        key_frame_behind_it.due_nacks(now + at * Duration::from_millis(50));
    }
    assert!(!key_frame_behind_it.wants_key_frame());
    receive(&mut key_frame_behind_it, 400, true, now);
    assert!(!key_frame_behind_it.wants_key_frame(), "it comes with the gap");

    let mut nobody_watches = video_producer();
    receive(&mut nobody_watches, 10, true, now);
    receive(&mut nobody_watches, 310, false, now);
    assert!(!nobody_watches.wants_key_frame());
}

#[test]
fn probes_do_not_begin_a_stream_and_other_layers_do_not_feed_it() {
    let (mut producer, now) = (video_producer(), Instant::now());
    let arrival = Arrival { now, seconds: 0.0 };
    assert_eq!(producer.role(RTX, Some(b"f")), Some(StreamRole::Repair));
    assert_eq!(producer.role(RTX, Some(b"q")), Some(StreamRole::Ignored));
    assert_eq!(producer.role(VP8, None), Some(StreamRole::Media));
    assert_eq!(producer.role(111, None), None);
    assert!(!producer.receive(&header(RTX, 1), &[], StreamRole::Repair, arrival));
    assert!(!producer.receive(&header(RTX, 2), &[0, 9, 1], StreamRole::Repair, arrival));
    assert!(!producer.receive(&header(VP8, 3), &[0; 20], StreamRole::Ignored, arrival));
    assert_eq!(producer.highest(), None);
    assert!(
        !producer.receive(&header(VP8, 4), &[0; 1_600], StreamRole::Media, arrival),
        "longer than a packet can be"
    );
}

#[test]
fn a_pause_however_long_is_neither_loss_nor_a_step_back() {
    let (mut producer, now) = (video_producer(), Instant::now());
    receive(&mut producer, 10, true, now);
    producer.set_paused(true);
    assert!(!producer.set_paused(true));
    for sequence in (0..100_000u32).step_by(1_000) {
        assert!(!receive(&mut producer, sequence as u16, true, now));
    }
    assert_eq!(pending(&mut producer), []);
    producer.set_paused(false);
    let next = (100_000u32 % 65_536) as u16;
    assert!(receive(&mut producer, next, false, now));
    assert!(!receive(&mut producer, next - 1, false, now), "of before the pause");
    assert_eq!(producer.reception.missing(), 0);
    assert!(producer.nacks.is_empty());
}

#[test]
fn what_was_sent_before_or_during_a_pause_goes_to_nobody_after_it() {
    let (mut producer, now) = (video_producer(), Instant::now());
    let arrival = Arrival { now, seconds: 0.0 };
    let repair = |producer: &mut Producer, original: u16| {
        let mut payload = original.to_be_bytes().to_vec();
        payload.extend(vp8_payload(original, false, true, u64::from(original)));
        producer.receive(&header(RTX, original), &payload, StreamRole::Repair, arrival)
    };
    receive(&mut producer, 10, true, now);
    producer.set_paused(true);
    receive(&mut producer, 20, true, now);
    producer.set_paused(false);
    pending(&mut producer);
    for old in [9, 11, 19, 20] {
        assert!(!receive(&mut producer, old, true, now), "{old} is of the pause");
    }
    assert!(!repair(&mut producer, 19));
    assert!(!repair(&mut producer, 22), "a stream goes on with media, not with its repair");
    assert!(receive(&mut producer, 23, true, now));
    assert!(producer.nacks.is_empty());
    assert!(!repair(&mut producer, 19));
    assert!(!repair(&mut producer, 22), "it may be of the pause");
    assert!(receive(&mut producer, 25, true, now));
    assert!(repair(&mut producer, 24));
    assert_eq!(pending(&mut producer), [23, 25, 24]);
}

#[test]
fn what_comes_first_during_a_pause_goes_to_nobody_either() {
    let (mut producer, now) = (video_producer(), Instant::now());
    producer.set_paused(true);
    receive(&mut producer, 20, true, now);
    producer.set_paused(false);
    assert!(!receive(&mut producer, 19, true, now));
    assert!(receive(&mut producer, 21, true, now));
}

#[test]
fn after_a_pause_a_key_frame_is_asked_for_at_once() {
    let (mut producer, start) = (video_producer(), Instant::now());
    let at = |milliseconds| start + Duration::from_millis(milliseconds);
    producer.bind(5);
    producer.want_key_frame();
    for milliseconds in [0, 300, 900, 2_100] {
        assert_eq!(producer.poll_key_frame_request(at(milliseconds)), Some(5));
    }
    producer.set_paused(true);
    assert!(!producer.wants_key_frame());
    producer.set_paused(false);
    producer.want_key_frame();
    assert_eq!(producer.poll_key_frame_request(at(2_150)), Some(5));
    assert_eq!(producer.poll_key_frame_request(at(2_450)), Some(5));
}

#[test]
fn another_ssrc_begins_anew() {
    let (mut producer, now) = (video_producer(), Instant::now());
    assert!(!producer.bind(5), "the first takes over from nobody");
    receive(&mut producer, 40_000, true, now);
    producer.sender_clock = Some(SenderClock { ntp: 1, rtp: 1, at: now });
    assert!(producer.bind(6));
    assert!(!producer.bind(6));
    assert_eq!((producer.epoch, producer.replay_start(None, now)), (1, None));
    assert!(producer.sender_clock.is_none());
    pending(&mut producer);
    assert!(receive(&mut producer, 3, true, now));
    assert_eq!(producer.reported_sequence(), 3);
    assert!(producer.nacks.is_empty());
}

#[test]
fn a_report_is_of_the_ssrc_that_it_names_and_of_none_before_it() {
    let (mut producer, now) = (video_producer(), Instant::now());
    let receive = |producer: &mut Producer, sequence: u16, seconds: f64| {
        let payload = vp8_payload(sequence, true, true, u64::from(sequence));
        let arrival = Arrival { now, seconds };
        assert!(producer.receive(&header(VP8, sequence), &payload, StreamRole::Media, arrival));
    };
    let report = |producer: &mut Producer, ssrc| {
        let highest = producer.reported_sequence();
        producer.reception.report(ssrc, highest, None, now)
    };
    producer.bind(5);
    for (sequence, seconds) in [(10, 0.0), (11, 0.0), (15, 1.0)] {
        receive(&mut producer, sequence, seconds);
    }
    let block = report(&mut producer, 5);
    assert_eq!((block.lost, block.fraction_lost), (3, 128));
    assert!(block.jitter > 0);
    receive(&mut producer, 17, 1.0);
    producer.bind(6);
    assert!(!producer.reception.has_begun(), "there is nothing to report yet");
    // Its timestamps, by the numbers, are of quite another time.
    for sequence in [60_000, 60_001] {
        receive(&mut producer, sequence, 2.0 + f64::from(sequence - 60_000) / 30.0);
    }
    let block = report(&mut producer, 6);
    assert_eq!((block.lost, block.fraction_lost, block.highest_sequence), (0, 0, 60_001));
    assert!(block.jitter <= 1, "{}", block.jitter);
    receive(&mut producer, 60_003, 2.1);
    assert_eq!(report(&mut producer, 6).lost, 1);
    assert_eq!(producer.reception.missing(), 5, "the track's losses are those of all its SSRCs");
    assert_eq!(producer.reception.packets, 7);
}

#[test]
fn a_replay_begins_at_a_key_frame_that_is_recent_and_new_to_the_receiver() {
    let (mut producer, now) = (video_producer(), Instant::now());
    assert_eq!(producer.replay_start(None, now), None);
    receive(&mut producer, 100, true, now);
    let key = producer.highest().unwrap();
    receive(&mut producer, 101, false, now);
    assert_eq!(producer.replay_start(None, now), Some(key));
    assert_eq!(producer.replay_start(Some(key), now), None, "it has this one");
    assert_eq!(producer.replay_start(None, now + Duration::from_secs(5)), None, "too old");
    let at = |milliseconds| now + Duration::from_millis(milliseconds);
    assert_eq!(producer.replay_start(None, at(1_000)), Some(key));
    assert_eq!(producer.replay_start(None, at(1_001)), None, "a new one is as quick");
    for sequence in 102..=300 {
        receive(&mut producer, sequence, false, now);
    }
    assert_eq!(producer.replay_start(None, now), Some(key));
    receive(&mut producer, 301, false, now);
    assert_eq!(producer.replay_start(None, now), None, "too far back");
}

#[test]
fn a_large_key_frame_is_replayed_as_it_would_be_sent_anew() {
    let (mut producer, now) = (video_producer(), Instant::now());
    for sequence in 100..600 {
        let payload = vp8_payload(1, true, sequence == 100, u64::from(sequence));
        let mut header = header(VP8, sequence);
        header.timestamp = 9;
        producer.receive(&header, &payload, StreamRole::Media, Arrival { now, seconds: 0.0 });
    }
    assert!(producer.replay_start(None, now).is_some());
}

#[test]
fn for_a_newcomer_no_key_frame_is_asked_for_while_a_replay_has_half_of_its_limits_left() {
    let (mut producer, now) = (video_producer(), Instant::now());
    let at = |milliseconds| now + Duration::from_millis(milliseconds);
    assert!(!producer.will_replay(now));
    receive(&mut producer, 100, true, now);
    assert!(producer.will_replay(at(500)));
    assert!(!producer.will_replay(at(501)));
    for sequence in 101..=200 {
        receive(&mut producer, sequence, false, now);
    }
    assert!(producer.will_replay(now));
    receive(&mut producer, 201, false, now);
    assert!(!producer.will_replay(now));
}

#[test]
fn key_frames_are_asked_for_at_growing_intervals_until_one_comes() {
    let (mut producer, start) = (video_producer(), Instant::now());
    let at = |milliseconds| start + Duration::from_millis(milliseconds);
    producer.want_key_frame();
    assert_eq!(producer.poll_key_frame_request(at(0)), None, "nobody to ask yet");
    producer.bind(5);
    assert_eq!(producer.poll_key_frame_request(at(0)), Some(5));
    assert_eq!(producer.poll_key_frame_request(at(299)), None);
    assert_eq!(producer.poll_key_frame_request(at(300)), Some(5));
    assert_eq!(producer.poll_key_frame_request(at(800)), None, "600 ms now");
    assert_eq!(producer.poll_key_frame_request(at(900)), Some(5));
    receive(&mut producer, 1, true, at(950));
    assert_eq!(producer.poll_key_frame_request(at(60_000)), None);
    producer.want_key_frame();
    assert_eq!(producer.poll_key_frame_request(at(60_000)), Some(5));
}

#[test]
fn after_an_answer_the_next_key_frame_is_asked_for_in_a_second_and_for_a_newcomer_before_that() {
    let (mut producer, start) = (video_producer(), Instant::now());
    let at = |milliseconds| start + Duration::from_millis(milliseconds);
    producer.bind(5);
    producer.want_key_frame();
    assert_eq!(producer.poll_key_frame_request(at(0)), Some(5));
    receive(&mut producer, 1, true, at(100));
    producer.want_key_frame();
    assert_eq!(producer.poll_key_frame_request(at(999)), None);
    assert_eq!(producer.poll_key_frame_request(at(1_000)), Some(5));
    assert_eq!(producer.poll_key_frame_request(at(1_300)), Some(5), "without an answer it is asked again");
    receive(&mut producer, 2, true, at(1_400));
    producer.hurry_key_frame();
    assert_eq!(producer.poll_key_frame_request(at(1_599)), None, "newcomers come together");
    assert_eq!(producer.poll_key_frame_request(at(1_600)), Some(5));
    receive(&mut producer, 3, true, at(1_700));
    producer.want_key_frame();
    assert_eq!(producer.poll_key_frame_request(at(2_599)), None, "the newcomer has been served");
    assert_eq!(producer.poll_key_frame_request(at(2_600)), Some(5));
}

#[test]
fn a_consumers_stream_goes_on_where_it_stopped() {
    let (mut consumer, now) = (consumer(), Instant::now());
    let first = packet(70_000, 9_000, 500);
    consumer.begin(&first, 0, now);
    let (index, timestamp, picture_id, tl0) = write(&mut consumer, &first, now).unwrap();
    assert!(index < 1 << 15, "RFC 3711 §3.3.1: a receiver must be able to guess the rollover counter");
    assert_eq!((timestamp, picture_id, tl0), (9_000, 500, 500u16 as u8));
    assert_eq!(write(&mut consumer, &packet(70_002, 9_000, 500), now).unwrap().0, index + 2);
    assert_eq!(
        write(&mut consumer, &packet(70_001, 9_000, 500), now).unwrap().0,
        index + 1,
        "a late one fits in"
    );
    assert_eq!(write(&mut consumer, &packet(69_999, 6_000, 499), now), None, "older than its beginning");

    // After a pause of the same stream: no gap in numbers and pictures, time is the sender's.
    let resumed = packet(70_900, 90_000, 600);
    consumer.begin(&resumed, 0, now);
    assert_eq!(write(&mut consumer, &resumed, now).unwrap(), (index + 3, 90_000, 501, 501u16 as u8));
    assert_eq!(write(&mut consumer, &packet(70_002, 9_000, 500), now), None, "of before the pause");

    // Another SSRC one second later: time goes on by our clock.
    let later = now + Duration::from_secs(1);
    let other = packet(5, 3, 9);
    consumer.begin(&other, 1, later);
    assert_eq!(write(&mut consumer, &other, later).unwrap(), (index + 4, 180_000, 502, 502u16 as u8));
    assert_eq!(
        write(&mut consumer, &packet(6, 3_003, 10), later).unwrap(),
        (index + 5, 183_000, 503, 503u16 as u8)
    );
}

#[test]
fn time_goes_on_under_another_ssrc_however_long_nothing_was_sent() {
    let (mut consumer, now) = (consumer(), Instant::now());
    let first = packet(70_000, 9_000, 500);
    consumer.begin(&first, 0, now);
    write(&mut consumer, &first, now);
    // RTP time comes round every 13.3 hours.
    let later = now + Duration::from_secs(50_000);
    consumer.begin(&packet(5, 3, 9), 1, later);
    let elapsed = (50_000 * 90_000_u64) as u32;
    assert_eq!(consumer.rewriter.timestamp(3), 9_000 + elapsed);
}

#[test]
fn a_retransmission_names_the_number_it_repeats_and_is_not_repeated_at_once() {
    let (mut consumer, now) = (consumer(), Instant::now());
    let first = packet(70_000, 9_000, 500);
    consumer.begin(&first, 0, now);
    let (index, ..) = write(&mut consumer, &first, now).unwrap();
    assert_eq!(consumer.resend_source(index as u16, now), Some(70_000));
    assert_eq!(consumer.resend_source(index as u16, now), None);
    assert_eq!(consumer.resend_source(index as u16, now + Duration::from_millis(25)), Some(70_000));
    assert_eq!(consumer.resend_source(index as u16 - 1, now), None, "never sent");
    let mut buffer = [0; 256];
    let written = consumer.write_resend(&first, &mut buffer).unwrap();
    let header = Header::parse(&buffer).unwrap();
    assert_eq!((header.ssrc, header.payload_type, header.timestamp), (0x2000, RTX, 9_000));
    assert_eq!(buffer[HEADER_LENGTH..HEADER_LENGTH + 2], (index as u16).to_be_bytes());
    assert_eq!(buffer[HEADER_LENGTH + 2..written.length], first.payload);
}

#[test]
fn a_budget_is_what_may_be_spent_until_its_window_is_over() {
    let (mut budget, start) = (Budget::new(5, Duration::from_millis(100)), Instant::now());
    assert_eq!(budget.left(start), 5);
    budget.spend(3);
    assert_eq!(budget.left(start + Duration::from_millis(99)), 2);
    budget.spend(2);
    assert_eq!(budget.left(start + Duration::from_millis(99)), 0);
    assert_eq!(budget.left(start + Duration::from_millis(100)), 5);
}

#[test]
fn a_clock_is_told_in_the_time_of_the_stream_and_not_in_that_of_a_replaced_ssrc() {
    let (mut consumer, now) = (consumer(), Instant::now());
    let first = packet(1_000, 9_000, 1);
    consumer.begin(&first, 1, now);
    write(&mut consumer, &first, now);
    let told = |consumer: &Consumer, epoch| Some(consumer.sender_report((7, 500), epoch)?.rtp);
    assert_eq!(told(&consumer, 1), Some(500));
    assert_eq!(told(&consumer, 2), None, "its time is not known before its first picture");
    consumer.begin(&packet(5, 500, 2), 2, now + Duration::from_secs(1));
    assert_eq!(told(&consumer, 2), Some(99_000));
}

#[test]
fn a_receiver_report_counts_what_was_lost_since_the_last() {
    let mut reception = Reception::default();
    (reception.packets, reception.expected) = (75, 100);
    let start = Instant::now();
    let clock = SenderClock { ntp: 0x0001_0002_0003_0004, rtp: 90_000, at: start };
    let block = reception.report(9, 65_636, Some(clock), start + Duration::from_millis(500));
    assert_eq!((block.fraction_lost, block.lost), (64, 25));
    assert_eq!(
        (block.highest_sequence, block.last_sender_report, block.delay),
        (65_636, 0x0002_0003, 32_768)
    );
    assert_eq!(reception.report(9, 65_636, None, start).fraction_lost, 0, "nothing since then");
    reception.measure_jitter(0.00, 0, 90_000);
    reception.measure_jitter(0.02, 0, 90_000);
    assert_eq!(reception.report(9, 0, None, start).jitter, 112, "1,800 ticks late, a sixteenth of it");
}

#[test]
fn jitter_is_none_where_the_rtp_timestamp_begins_anew() {
    // In the second run the difference to our clock goes to and fro about 0.
    for first in [u32::MAX - 50 * 960, 0] {
        let mut reception = Reception::default();
        for packet in 0..100u32 {
            let timestamp = first.wrapping_add(packet * 960 + packet % 2);
            reception.measure_jitter(f64::from(packet) / 50.0, timestamp, 48_000);
        }
        assert!(reception.report(9, 0, None, Instant::now()).jitter <= 1);
    }
}

#[test]
fn a_senders_clock_is_carried_on_by_ours() {
    let at = Instant::now();
    let clock = SenderClock { ntp: 10 << 32, rtp: u32::MAX, at };
    let (ntp, rtp) = clock.extrapolate(at + Duration::from_millis(1_500), 48_000);
    assert_eq!((ntp, rtp), ((11 << 32) + (1 << 31), 71_999));
}

#[test]
fn speakers_are_those_who_are_loud_for_a_share_of_the_time() {
    let mut observer = ActiveSpeakerObserver::default();
    let (loud, soft, coughing) = (ProducerId(1), ProducerId(2), ProducerId(3));
    for packet in 0..10 {
        observer.record(loud, 10);
        observer.record(soft, 30);
        observer.record(coughing, if packet == 0 { 5 } else { 100 });
    }
    assert_eq!(observer.update(), Some(vec![(loud, 0.75), (soft, 0.25)]));
    for _ in 0..10 {
        observer.record(loud, 10);
        observer.record(soft, 30);
    }
    assert_eq!(observer.update(), None, "no change");
    for _ in 0..3 {
        assert_eq!(observer.update(), None, "a pause between two phrases");
    }
    assert_eq!(observer.update(), Some(vec![]), "nobody sends any more");
    assert_eq!(observer.update(), None);
}

#[test]
fn whoever_speaks_in_phrases_is_a_speaker_all_the_time_until_they_are_muted() {
    let mut observer = ActiveSpeakerObserver::default();
    let lin = ProducerId(1);
    observer.record(lin, 100);
    assert_eq!(observer.update(), None, "has said nothing yet");
    observer.record(lin, 10);
    assert_eq!(observer.update(), Some(vec![(lin, 0.75)]));
    for _ in 0..5 {
        for _ in 0..3 {
            observer.record(lin, 100);
            assert_eq!(observer.update(), None);
        }
        observer.record(lin, 10);
        assert_eq!(observer.update(), None);
    }
    observer.remove(lin);
    assert_eq!(observer.update(), Some(vec![]));
}

proptest! {
    /// Sealing one index twice would give the key stream away (RFC 7714 §8.1).
    #[test]
    fn no_index_is_used_twice(steps in prop::collection::vec((0u64..400, any::<bool>(), 0u32..3), 1..120)) {
        let (mut consumer, now) = (consumer(), Instant::now());
        let mut indices = HashSet::new();
        let mut sent = HashSet::new();
        let mut begun = false;
        for (sequence, begin, epoch) in steps {
            let packet = packet(100_000 + sequence, 0, 1);
            if begin || !begun {
                consumer.begin(&packet, epoch, now);
                sent.clear();
                begun = true;
            }
            // The ring holds a packet once.
            if !sent.insert(sequence) {
                continue;
            }
            if let Some((index, ..)) = write(&mut consumer, &packet, now) {
                prop_assert!(indices.insert(index), "index {} twice", index);
            }
        }
    }
}
