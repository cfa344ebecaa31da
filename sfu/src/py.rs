//! The Python module: types and errors, nothing else. No call holds the GIL while it waits.
use crate::engine::{Configuration, Engine, EngineError, OfferedTrack};
use crate::events::Event;
use crate::ids::{ConsumerId, ProducerId, RouterId, TransportId};
use crate::socket::share_stream;
use crate::stats::{ConsumerStats, ProducerStats, SocketStats, TransportStats, WorkerStats};
use pyo3::exceptions::{PyLookupError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};
use std::net::IpAddr;

const MAX_WORKERS: usize = 64;

impl From<EngineError> for PyErr {
    fn from(error: EngineError) -> PyErr {
        match error {
            EngineError::Closed => PyRuntimeError::new_err("the engine is closed"),
            EngineError::WorkerFailed => PyRuntimeError::new_err("a media thread has ended"),
            EngineError::Unknown(what, id) => PyLookupError::new_err(format!("no open {what} {id}")),
            EngineError::Sdp(reason) => PyValueError::new_err(reason),
        }
    }
}

#[pyclass(name = "OfferedTrack", module = "mcmeet_sfu", frozen, eq)]
#[derive(PartialEq)]
struct PyOfferedTrack(OfferedTrack);

#[pymethods]
impl PyOfferedTrack {
    #[getter]
    fn mid(&self) -> &str {
        &self.0.mid
    }

    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind.as_str()
    }

    #[getter]
    fn sending(&self) -> bool {
        self.0.sending
    }

    #[getter]
    fn stream(&self) -> &str {
        &self.0.stream
    }

    #[getter]
    fn track(&self) -> &str {
        &self.0.track
    }

    fn __repr__(&self) -> String {
        let OfferedTrack { mid, kind, sending, stream, track } = &self.0;
        let sending = if *sending { "True" } else { "False" };
        let kind = kind.as_str();
        format!(
            "OfferedTrack(mid={mid:?}, kind={kind:?}, sending={sending}, stream={stream:?}, track={track:?})"
        )
    }
}

#[pyclass(name = "Engine", module = "mcmeet_sfu", frozen)]
struct PyEngine(Engine);

fn read_address(text: &str) -> PyResult<IpAddr> {
    text.trim().parse().map_err(|_| PyValueError::new_err(format!("{text:?} is not an IP address")))
}

#[pymethods]
impl PyEngine {
    #[new]
    #[pyo3(signature = (host, port, *, announce=None, workers=1, tcp_port=None))]
    fn new(
        py: Python<'_>,
        host: &str,
        port: u16,
        announce: Option<&str>,
        workers: usize,
        tcp_port: Option<u16>,
    ) -> PyResult<PyEngine> {
        let host = read_address(host)?;
        let announce = announce.map_or(Ok(Vec::new()), |list| list.split(',').map(read_address).collect())?;
        if host.is_unspecified() && announce.is_empty() {
            return Err(PyValueError::new_err("announce is needed when host is every address"));
        }
        if !(1..=MAX_WORKERS).contains(&workers) {
            return Err(PyValueError::new_err(format!("workers must be 1 to {MAX_WORKERS}")));
        }
        let configuration = Configuration { host, port, announce, workers, offload: true, tcp_port };
        Ok(PyEngine(py.detach(|| Engine::start(&configuration))?))
    }

    #[getter]
    fn port(&self) -> u16 {
        self.0.port()
    }

    #[getter]
    fn receive_buffer(&self) -> (i32, i32) {
        self.0.receive_buffer()
    }

    fn fileno(&self) -> i32 {
        self.0.event_fd()
    }

    fn drain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let events = self.0.drain();
        let events: PyResult<Vec<_>> = events.into_iter().map(|event| event_tuple(py, event)).collect();
        PyList::new(py, events?)
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }

    fn take_stream(&self, descriptor: i32) -> PyResult<()> {
        self.0.take_stream(share_stream(descriptor)?);
        Ok(())
    }

    fn open_router(&self, py: Python<'_>) -> PyResult<u32> {
        Ok(py.detach(|| self.0.open_router())?.0)
    }

    fn close_router(&self, py: Python<'_>, router: u32) -> PyResult<()> {
        Ok(py.detach(|| self.0.close_router(RouterId(router)))?)
    }

    fn open_publisher(&self, py: Python<'_>, router: u32) -> PyResult<u32> {
        Ok(py.detach(|| self.0.open_publisher(RouterId(router)))?.0)
    }

    fn open_subscriber(&self, py: Python<'_>, router: u32) -> PyResult<u32> {
        Ok(py.detach(|| self.0.open_subscriber(RouterId(router)))?.0)
    }

    fn close_transport(&self, py: Python<'_>, transport: u32) -> PyResult<()> {
        Ok(py.detach(|| self.0.close_transport(TransportId(transport)))?)
    }

    fn read_offer(&self, py: Python<'_>, transport: u32, sdp: &str) -> PyResult<Vec<PyOfferedTrack>> {
        let tracks = py.detach(|| self.0.read_offer(TransportId(transport), sdp))?;
        Ok(tracks.into_iter().map(PyOfferedTrack).collect())
    }

    fn produce(&self, py: Python<'_>, transport: u32, mid: &str) -> PyResult<u32> {
        Ok(py.detach(|| self.0.produce(TransportId(transport), mid))?.0)
    }

    fn answer(&self, py: Python<'_>, transport: u32, without_dtx: Vec<String>) -> PyResult<String> {
        Ok(py.detach(|| self.0.answer(TransportId(transport), &without_dtx))?)
    }

    fn pause_producer(&self, py: Python<'_>, producer: u32, paused: bool) -> PyResult<()> {
        Ok(py.detach(|| self.0.pause_producer(ProducerId(producer), paused))?)
    }

    fn close_producer(&self, py: Python<'_>, producer: u32) -> PyResult<()> {
        Ok(py.detach(|| self.0.close_producer(ProducerId(producer)))?)
    }

    fn request_key_frame(&self, py: Python<'_>, producer: u32) -> PyResult<()> {
        Ok(py.detach(|| self.0.request_key_frame(ProducerId(producer)))?)
    }

    fn consume(
        &self,
        py: Python<'_>,
        transport: u32,
        producer: u32,
        stream: &str,
        track: &str,
    ) -> PyResult<u32> {
        let consume = || self.0.consume(TransportId(transport), ProducerId(producer), stream, track);
        Ok(py.detach(consume)?.0)
    }

    fn consumer_mid(&self, py: Python<'_>, consumer: u32) -> PyResult<String> {
        Ok(py.detach(|| self.0.consumer_mid(ConsumerId(consumer)))?)
    }

    fn pause_consumer(&self, py: Python<'_>, consumer: u32, paused: bool) -> PyResult<()> {
        Ok(py.detach(|| self.0.pause_consumer(ConsumerId(consumer), paused))?)
    }

    fn close_consumer(&self, py: Python<'_>, consumer: u32) -> PyResult<()> {
        Ok(py.detach(|| self.0.close_consumer(ConsumerId(consumer)))?)
    }

    fn offer(&self, py: Python<'_>, transport: u32) -> PyResult<String> {
        Ok(py.detach(|| self.0.offer(TransportId(transport)))?)
    }

    fn accept_answer(&self, py: Python<'_>, transport: u32, sdp: &str) -> PyResult<()> {
        Ok(py.detach(|| self.0.accept_answer(TransportId(transport), sdp))?)
    }

    fn send_data(
        &self,
        py: Python<'_>,
        router: u32,
        transports: Vec<u32>,
        reliable: bool,
        payload: Vec<u8>,
    ) -> PyResult<()> {
        let transports = transports.into_iter().map(TransportId).collect();
        Ok(py.detach(|| self.0.send_data(RouterId(router), transports, reliable, payload))?)
    }

    fn barrier(&self, py: Python<'_>, token: u64) -> PyResult<()> {
        Ok(py.detach(|| self.0.barrier(token))?)
    }

    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stats = py.detach(|| self.0.stats())?;
        stats_dict(py, &stats)
    }
}

fn event_tuple(py: Python<'_>, event: Event) -> PyResult<Bound<'_, PyTuple>> {
    match event {
        Event::Connected(transport) => ("connected", transport.0).into_pyobject(py),
        Event::Failed(transport, reason) => ("failed", transport.0, reason).into_pyobject(py),
        Event::Levels(router, levels) => {
            let levels: Vec<(u32, f32)> =
                levels.into_iter().map(|(producer, level)| (producer.0, level)).collect();
            ("levels", router.0, levels).into_pyobject(py)
        }
        Event::Data(transport, data) => {
            ("data", transport.0, data.reliable, PyBytes::new(py, &data.payload)).into_pyobject(py)
        }
        Event::Barrier(token) => ("barrier", token).into_pyobject(py),
        Event::WorkerFailed(worker) => ("worker_failed", worker).into_pyobject(py),
    }
}

fn stats_dict<'py>(py: Python<'py>, stats: &WorkerStats) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("socket", socket_dict(py, &stats.socket)?)?;
    let transports = PyDict::new(py);
    for (id, transport) in &stats.transports {
        transports.set_item(id.0, transport_dict(py, transport)?)?;
    }
    let producers = PyDict::new(py);
    for (id, producer) in &stats.producers {
        producers.set_item(id.0, producer_dict(py, producer)?)?;
    }
    let consumers = PyDict::new(py);
    for (id, consumer) in &stats.consumers {
        consumers.set_item(id.0, consumer_dict(py, consumer)?)?;
    }
    dict.set_item("transports", transports)?;
    dict.set_item("producers", producers)?;
    dict.set_item("consumers", consumers)?;
    Ok(dict)
}

fn counters<'py>(py: Python<'py>, values: &[(&str, u64)]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in values {
        dict.set_item(name, value)?;
    }
    Ok(dict)
}

fn socket_dict<'py>(py: Python<'py>, stats: &SocketStats) -> PyResult<Bound<'py, PyDict>> {
    let values = [
        ("packets_received", stats.packets_received),
        ("packets_sent", stats.packets_sent),
        ("messages_sent", stats.messages_sent),
        ("send_errors", stats.send_errors),
        ("packets_dropped", stats.packets_dropped),
        ("sessions_panicked", stats.sessions_panicked),
    ];
    counters(py, &values)
}

fn transport_dict<'py>(py: Python<'py>, stats: &TransportStats) -> PyResult<Bound<'py, PyDict>> {
    let values = [
        ("packets_received", stats.counters.packets_received),
        ("packets_sent", stats.counters.packets_sent),
        ("bytes_received", stats.counters.bytes_received),
        ("bytes_sent", stats.counters.bytes_sent),
        ("decrypt_failures", stats.counters.decrypt_failures),
        ("unknown_packets", stats.counters.unknown_packets),
        ("refused_packets", stats.counters.refused_packets),
        ("data_dropped", stats.counters.data_dropped),
    ];
    let dict = counters(py, &values)?;
    dict.set_item("router", stats.router.0)?;
    dict.set_item("connected", stats.connected)?;
    dict.set_item("srtp_profile", stats.profile.map(|profile| profile.as_str()))?;
    Ok(dict)
}

fn producer_dict<'py>(py: Python<'py>, stats: &ProducerStats) -> PyResult<Bound<'py, PyDict>> {
    let values = [
        ("packets", stats.packets),
        ("bytes", stats.bytes),
        ("lost", stats.lost),
        ("nacks_sent", stats.nacks_sent),
        ("plis_sent", stats.plis_sent),
        ("rtx_received", stats.rtx_received),
        ("key_frames", stats.key_frames),
        ("width", stats.width.into()),
        ("height", stats.height.into()),
    ];
    let dict = counters(py, &values)?;
    dict.set_item("transport", stats.transport.0)?;
    dict.set_item("kind", stats.kind.as_str())?;
    dict.set_item("paused", stats.paused)?;
    Ok(dict)
}

fn consumer_dict<'py>(py: Python<'py>, stats: &ConsumerStats) -> PyResult<Bound<'py, PyDict>> {
    let values = [
        ("packets", stats.packets),
        ("bytes", stats.bytes),
        ("nacks_received", stats.nacks_received),
        ("plis_received", stats.plis_received),
        ("rtx_sent", stats.rtx_sent),
    ];
    let dict = counters(py, &values)?;
    dict.set_item("transport", stats.transport.0)?;
    dict.set_item("producer", stats.producer.0)?;
    dict.set_item("paused", stats.paused)?;
    Ok(dict)
}

#[pymodule]
fn mcmeet_sfu(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyEngine>()?;
    module.add_class::<PyOfferedTrack>()
}
