// livekit-client, unpatched, driven by a test: window.client has what a person at the page could do.
"use strict";

const connections = [];
const NativePeerConnection = window.RTCPeerConnection;
window.RTCPeerConnection = class extends NativePeerConnection {
  constructor(...parameters) {
    super(...parameters);
    connections.push(this);
    this.addEventListener("track", ({ track }) => watchFirstFrame(track));
  }
};

// When the first remote picture was decoded, and when it was on the page, on the clock of performance.now();
// getStats() is 50 ms too coarse.
let firstFrame;

function watchFirstFrame(track) {
  if (track.kind !== "video" || !firstFrame) return;
  const reader = new window.MediaStreamTrackProcessor({ track }).readable.getReader();
  reader.read().then(({ value }) => {
    firstFrame.decoded.resolve(performance.now());
    value?.close();
    reader.cancel();
  });
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = new MediaStream([track]);
  video.requestVideoFrameCallback((_, { expectedDisplayTime }) => {
    firstFrame.shown.resolve(expectedDisplayTime);
    video.srcObject = null;
    video.remove();
  });
  document.getElementById("media").append(video);
  video.play();
}

// Milliseconds from connect() to the first remote frame decoded, to the first one shown, to connect()'s own end.
async function timeToFirstFrame(url, token) {
  firstFrame = { decoded: Promise.withResolvers(), shown: Promise.withResolvers() };
  const start = performance.now();
  const connected = join(url, token).then(() => performance.now() - start);
  const decoded = (await firstFrame.decoded.promise) - start;
  const shown = (await firstFrame.shown.promise) - start;
  return { decoded, shown, connected: await connected };
}

const sockets = [];
const NativeWebSocket = window.WebSocket;
window.WebSocket = class extends NativeWebSocket {
  constructor(...parameters) {
    super(...parameters);
    sockets.push(this);
  }
};

const { Room, RoomEvent, createLocalVideoTrack, createLocalScreenTracks } = window.LivekitClient;
const events = [];
// Sender, kind (0 reliable, 1 lossy), text.
const data = [];
let room;

function attach(track, publication, participant) {
  const element = track.attach();
  element.dataset.sid = publication.trackSid;
  document.getElementById("media").append(element);
  events.push(["subscribed", participant.identity, publication.source]);
}

async function join(url, token, options = {}) {
  room = new Room({ singlePeerConnection: false, ...options });
  room.on(RoomEvent.TrackSubscribed, attach);
  room.on(RoomEvent.TrackUnsubscribed, (track, publication, participant) => {
    track.detach().forEach((element) => element.remove());
    events.push(["unsubscribed", participant.identity, publication.source]);
  });
  for (const name of ["Reconnecting", "SignalReconnecting", "Reconnected", "Disconnected", "LocalTrackUnpublished"]) {
    room.on(RoomEvent[name], () => events.push([name]));
  }
  for (const name of ["ParticipantConnected", "ParticipantDisconnected"]) {
    room.on(RoomEvent[name], (participant) => events.push([name, participant.identity]));
  }
  room.on(RoomEvent.DataReceived, (payload, participant, kind) => {
    data.push([participant?.identity ?? "", kind, new TextDecoder().decode(payload)]);
  });
  room.on(RoomEvent.ActiveSpeakersChanged, (speakers) => {
    for (const { identity } of speakers) events.push(["speaks", identity]);
  });
  await room.connect(url, token);
}

// One layer, with the bitrate said: else livekit-client sets no cap and gives no start hint.
async function publishCamera({ width = 640, height = 360, frameRate = 20, simulcast = false, maxBitrate = 800_000 } = {}) {
  const camera = await createLocalVideoTrack({ resolution: { width, height, frameRate } });
  await room.localParticipant.publishTrack(camera, {
    simulcast,
    videoCodec: "vp8",
    videoEncoding: { maxBitrate, maxFramerate: frameRate },
  });
}

async function publishMicrophone() {
  await room.localParticipant.setMicrophoneEnabled(true);
}

function sendData(text, options) {
  return room.localParticipant.publishData(new TextEncoder().encode(text), options);
}

async function publishScreen() {
  for (const track of await createLocalScreenTracks({ audio: true })) {
    await room.localParticipant.publishTrack(track, { simulcast: false, videoCodec: "vp8" });
  }
}

function others() {
  return [...room.remoteParticipants.values()].map((participant) => ({
    identity: participant.identity,
    name: participant.name,
    tracks: [...participant.trackPublications.values()].map((publication) => ({
      source: publication.source,
      muted: publication.isMuted,
      subscribed: publication.isSubscribed,
    })),
  }));
}

function setSubscribed(source, subscribed) {
  for (const participant of room.remoteParticipants.values()) {
    participant.getTrackPublication(source)?.setSubscribed(subscribed);
  }
}

// Sums over all tracks that this page sends and receives now.
async function stats() {
  const sum = { packetsArrived: 0, framesDecoded: 0, freezes: 0, freezeSeconds: 0, audioEnergy: 0, received: [], sent: [], playout: {} };
  for (const connection of connections.filter((open) => open.connectionState !== "closed")) {
    for (const report of (await connection.getStats()).values()) {
      // Of whatever track, or of none that the page knows.
      if (report.type === "transport") sum.packetsArrived += report.packetsReceived;
      if (report.type === "inbound-rtp" && report.kind === "video") {
        sum.framesDecoded += report.framesDecoded ?? 0;
        sum.freezes += report.freezeCount ?? 0;
        sum.freezeSeconds += report.totalFreezesDuration ?? 0;
        sum.received.push([report.frameWidth ?? 0, report.frameHeight ?? 0]);
      }
      // The sender's time of what is played just now; there once both streams of a pair have their reports.
      if (report.type === "inbound-rtp") sum.playout[report.kind] = report.estimatedPlayoutTimestamp ?? null;
      if (report.type === "inbound-rtp" && report.kind === "audio") sum.audioEnergy += report.totalAudioEnergy ?? 0;
      if (report.type === "outbound-rtp" && report.kind === "video") {
        sum.sent.push([report.frameWidth ?? 0, report.frameHeight ?? 0]);
      }
    }
  }
  return sum;
}

window.client = {
  join,
  timeToFirstFrame,
  publishCamera,
  publishMicrophone,
  publishScreen,
  sendData,
  others,
  setSubscribed,
  stats,
  events,
  data,
  room: () => room,
  cutSignalling: () => sockets.forEach((socket) => socket.close(4999)),
};
