//! What the calling thread asks of a media thread, in the order of the calls.
use crate::consumer::ConsumerParameters;
use crate::ice::Credentials;
use crate::ids::{ConsumerId, ProducerId, RouterId, TransportId};
use crate::producer::ProducerParameters;
use crate::router::Router;
use crate::session::{Direction, ExtensionIds, Remote};
use crate::socket::SendBatch;
use crate::stats::WorkerStats;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::time::Instant;

pub enum Command {
    OpenRouter(RouterId),
    CloseRouter(RouterId),
    OpenTransport(TransportOpening),
    CloseTransport {
        router: RouterId,
        transport: TransportId,
    },
    InRouter(RouterId, RouterCommand),
    SendData {
        router: RouterId,
        transports: Vec<TransportId>,
        reliable: bool,
        payload: Vec<u8>,
    },
    Barrier(Arc<Barrier>),
    Stats(Sender<WorkerStats>),
    Stop,
    /// Outside everything that a panic can be contained in.
    #[cfg(feature = "test-hooks")]
    Panic,
    /// The next STUN message makes its parser panic.
    #[cfg(feature = "test-hooks")]
    PanicAtStun,
}

pub struct TransportOpening {
    pub router: RouterId,
    pub transport: TransportId,
    pub direction: Direction,
    pub credentials: Credentials,
}

pub enum RouterCommand {
    Connect {
        transport: TransportId,
        remote: Remote,
    },
    SetExtensions {
        transport: TransportId,
        extensions: ExtensionIds,
    },
    Produce {
        producer: ProducerId,
        transport: TransportId,
        parameters: ProducerParameters,
    },
    PauseProducer {
        producer: ProducerId,
        paused: bool,
    },
    CloseProducer(ProducerId),
    RequestKeyFrame(ProducerId),
    Consume {
        consumer: ConsumerId,
        transport: TransportId,
        producer: ProducerId,
        parameters: ConsumerParameters,
    },
    AcceptConsumer(ConsumerId),
    PauseConsumer {
        consumer: ConsumerId,
        paused: bool,
    },
    CloseConsumer(ConsumerId),
    /// At once, or when the session next has RTCP to send.
    #[cfg(feature = "test-hooks")]
    Panic {
        transport: TransportId,
        at_rtcp: bool,
    },
}

/// What a command of a router concerns.
pub enum Subject {
    Transport(TransportId),
    Producer(ProducerId),
    Consumer(ConsumerId),
}

impl RouterCommand {
    pub fn subject(&self) -> Subject {
        match self {
            RouterCommand::Connect { transport, .. }
            | RouterCommand::SetExtensions { transport, .. }
            | RouterCommand::Produce { transport, .. }
            | RouterCommand::Consume { transport, .. } => Subject::Transport(*transport),
            RouterCommand::PauseProducer { producer, .. }
            | RouterCommand::CloseProducer(producer)
            | RouterCommand::RequestKeyFrame(producer) => Subject::Producer(*producer),
            RouterCommand::AcceptConsumer(consumer)
            | RouterCommand::PauseConsumer { consumer, .. }
            | RouterCommand::CloseConsumer(consumer) => Subject::Consumer(*consumer),
            #[cfg(feature = "test-hooks")]
            RouterCommand::Panic { transport, .. } => Subject::Transport(*transport),
        }
    }

    /// [`Router::run`] contains it.
    pub fn run(self, router: &mut Router, now: Instant, out: &mut SendBatch) {
        match self {
            RouterCommand::Connect { transport, remote } => router.connect(transport, remote, now, out),
            RouterCommand::SetExtensions { transport, extensions } => {
                router.set_extensions(transport, extensions);
            }
            RouterCommand::Produce { producer, transport, parameters } => {
                router.produce(producer, transport, parameters);
            }
            RouterCommand::PauseProducer { producer, paused } => {
                router.pause_producer(producer, paused, now, out);
            }
            RouterCommand::CloseProducer(producer) => router.close_producer(producer),
            RouterCommand::RequestKeyFrame(producer) => router.request_key_frame(producer, now, out),
            RouterCommand::Consume { consumer, transport, producer, parameters } => {
                router.consume(consumer, transport, producer, parameters, now, out);
            }
            RouterCommand::AcceptConsumer(consumer) => router.accept_consumer(consumer, now, out),
            RouterCommand::PauseConsumer { consumer, paused } => {
                router.pause_consumer(consumer, paused, now, out);
            }
            RouterCommand::CloseConsumer(consumer) => router.close_consumer(consumer),
            #[cfg(feature = "test-hooks")]
            RouterCommand::Panic { transport, at_rtcp } => {
                assert!(at_rtcp, "a test asks for it");
                router.panic_at_rtcp(transport);
            }
        }
    }
}

/// Passed by all workers once their earlier commands are in force.
pub struct Barrier {
    token: u64,
    missing: AtomicUsize,
}

impl Barrier {
    pub fn new(token: u64, workers: usize) -> Barrier {
        Barrier { token, missing: AtomicUsize::new(workers) }
    }

    /// The token, for the last worker to arrive.
    pub fn arrive(&self) -> Option<u64> {
        (self.missing.fetch_sub(1, Ordering::AcqRel) == 1).then_some(self.token)
    }
}
