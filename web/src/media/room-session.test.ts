import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Drawn } from './drawn';
import type { Captured } from './preview';
import { RoomSession } from './room-session';

type Listener = (...args: unknown[]) => void;

/** The SDK's room, told by the test what happens. */
class FakeRoom {
  static all: FakeRoom[] = [];
  listeners = new Map<string, Listener[]>();
  arrives: Listener = () => undefined;
  engine = {
    on: (_: string, listener: Listener) => (this.arrives = listener),
    getTrackIdForReceiver: (receiver: { mid: string }) => ({ 1: 'TR_first', 2: 'TR_second' })[receiver.mid],
  };
  remoteParticipants = new Map();
  refusePublication: (error: Error) => void = () => undefined;
  screen: Array<{ mediaStreamTrack: MediaStreamTrack }> = [];
  sent: MediaStreamTrack[] = [];
  localParticipant = {
    trackPublications: new Map(),
    getTrackPublication: () => undefined,
    createScreenTracks: async () => this.screen,
    publishTrack: ({ mediaStreamTrack }: { mediaStreamTrack: MediaStreamTrack }) => {
      this.sent.push(mediaStreamTrack);
      return new Promise((_, reject) => (this.refusePublication = reject));
    },
  };
  constructor(readonly options: object) {
    FakeRoom.all.push(this);
  }
  on(event: string, listener: Listener) {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
    return this;
  }
  happens(event: string, ...args: unknown[]) {
    for (const listener of this.listeners.get(event) ?? []) listener(...args);
  }
  address = '';
  connect = (address: string) => {
    this.address = address;
    return new Promise(() => undefined);
  };
  disconnect = async () => this.happens('disconnected', 'client initiated');
}

vi.mock('livekit-client', () => ({
  ConnectionState: { Connected: 'connected' },
  DisconnectReason: { CLIENT_INITIATED: 'client initiated' },
  LocalAudioTrack: class {
    constructor(readonly mediaStreamTrack: object) {}
    on() {}
  },
  LocalVideoTrack: class {
    constructor(readonly mediaStreamTrack: object) {}
    on() {}
  },
  LoggerNames: {},
  LogLevel: {},
  get Room() {
    return FakeRoom;
  },
  TrackEvent: {},
  RoomEvent: {
    SignalConnected: 'signal',
    ConnectionStateChanged: 'state',
    Disconnected: 'disconnected',
    ParticipantDisconnected: 'gone',
    TrackUnsubscribed: 'unsubscribed',
    TrackUnpublished: 'unpublished',
    TrackMuted: 'muted',
  },
  Track: { Source: { Camera: 'camera', ScreenShare: 'screen_share' } },
}));

beforeEach(() => {
  FakeRoom.all = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const device = () => ({ stop: () => undefined }) as unknown as MediaStreamTrack;

function joining(captured: Partial<Captured> = {}) {
  const session = new RoomSession(() => undefined, new Drawn());
  void session.connect('ws://here', 'J', captured);
  return { session, room: FakeRoom.all[0] as FakeRoom, isBlocked: () => session.store.getState().blocked };
}

test('a server that does not answer is no port that is blocked', () => {
  const { isBlocked } = joining();
  vi.advanceTimersByTime(60_000);
  expect(isBlocked()).toBe(false);
});

test('media that do not come within 10 s of the signalling are blocked', () => {
  const { room, isBlocked } = joining();
  vi.advanceTimersByTime(9_000);
  room.happens('signal');
  vi.advanceTimersByTime(9_999);
  expect(isBlocked()).toBe(false);
  vi.advanceTimersByTime(1);
  expect(isBlocked()).toBe(true);
});

test('what is blocked or lost is said until media are there, while it is tried again too', () => {
  const { session, room, isBlocked } = joining();
  const connection = () => session.store.getState().connection;
  room.happens('signal');
  vi.advanceTimersByTime(10_000);
  room.happens('disconnected');
  expect([connection(), isBlocked()]).toEqual(['lost', true]);
  void session.connect('ws://here', 'J2');
  expect([connection(), isBlocked()]).toEqual(['reconnecting', true]);
  (FakeRoom.all[1] as FakeRoom).happens('state', 'connected');
  expect([connection(), isBlocked()]).toEqual(['connected', false]);
});

test('media that come in time are not', () => {
  const { room, isBlocked } = joining();
  room.happens('signal');
  room.happens('state', 'connected');
  vi.advanceTimersByTime(60_000);
  expect(isBlocked()).toBe(false);
});

test('a track of the room before does not switch off the one of the new room', async () => {
  const session = new RoomSession(() => undefined, new Drawn());
  void session.connect('ws://here', 'J', { camera: device() });
  void session.connect('ws://here', 'J2', { camera: device() });
  FakeRoom.all[0]?.refusePublication(new Error('closed'));
  await vi.advanceTimersByTimeAsync(0);
  expect(session.store.getState().own.camera).toBe('on');
});

test('what cannot be sent with the joining is off, and the person is told', async () => {
  const { session, room } = joining({ camera: device() });
  room.refusePublication(new Error('publishing rejected'));
  await vi.advanceTimersByTimeAsync(0);
  const { own, failure } = session.store.getState();
  expect([own.camera, failure]).toEqual(['off', { kind: 'camera', why: 'not_sent' }]);
});

test('a device in whose place the system’s was opened before the joining is told', () => {
  const { session } = joining({ replaced: ['microphone'] });
  expect(session.store.getState().failure).toEqual({ kind: 'microphone', why: 'unplugged' });
});

/** A screen as the browser captures it: its copies end with it. */
function captured() {
  const isCaptured = { readyState: 'live' };
  const copy = () => ({
    kind: 'video',
    clone: copy,
    onended: () => undefined,
    get readyState() {
      return isCaptured.readyState;
    },
    stop: vi.fn<() => void>(),
  });
  return { isCaptured, track: copy() as unknown as MediaStreamTrack };
}

async function losing() {
  const { session, room } = joining();
  const { isCaptured, track } = captured();
  room.screen = [{ mediaStreamTrack: track }];
  void session.shareScreen();
  await vi.advanceTimersByTimeAsync(0);
  room.happens('disconnected', 'lost');
  const { connection, own } = session.store.getState();
  expect([connection, own.screen_share]).toEqual(['lost', 'on']);
  return { session, isCaptured, again: () => void session.connect('ws://here', 'J2') };
}

describe('a screen that is shared when the room is lost', () => {
  test('is sent in the next one, and may be lost again', async () => {
    const { session, again } = await losing();
    for (const joined of [1, 2]) {
      again();
      const { sent } = FakeRoom.all[joined] as FakeRoom;
      expect(sent.map(({ readyState }) => readyState)).toEqual(['live']);
      expect(vi.mocked(sent[0]?.stop)).not.toHaveBeenCalled();
      expect(session.store.getState().own.screen_share).toBe('on');
      FakeRoom.all[joined]?.happens('disconnected', 'lost');
    }
  });

  test('and is ended meanwhile, is not', async () => {
    const { session, again } = await losing();
    await session.withdraw('screen_share');
    expect(session.store.getState().own.screen_share).toBe('off');
    again();
    expect(FakeRoom.all[1]?.sent).toEqual([]);
  });

  test('is captured no more once the person has left', async () => {
    const { session, again } = await losing();
    session.leave();
    expect(session.store.getState().own.screen_share).toBe('off');
    again();
    expect(FakeRoom.all[1]?.sent).toEqual([]);
  });
});

describe('a room that is left', () => {
  test('by the SDK itself is lost, and a new one is asked for', () => {
    const lost = vi.fn<() => void>();
    const session = new RoomSession(lost, new Drawn());
    void session.connect('ws://here', 'J');
    FakeRoom.all[0]?.happens('disconnected', 'client initiated');
    expect(session.store.getState().connection).toBe('lost');
    expect(lost).toHaveBeenCalledTimes(1);
  });

  test('by the person is not', () => {
    const lost = vi.fn<() => void>();
    const session = new RoomSession(lost, new Drawn());
    void session.connect('ws://here', 'J');
    session.leave();
    expect(session.store.getState().connection).toBe('idle');
    expect(lost).not.toHaveBeenCalled();
  });

  test('by a page that goes is told so at once, by one that only may go is kept', () => {
    const page = new EventTarget();
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
    const { session, room } = joining();
    expect(room.options).toMatchObject({ disconnectOnPageLeave: false });
    page.dispatchEvent(new Event('pagehide'));
    expect(session.store.getState().connection).toBe('lost');
    vi.unstubAllGlobals();
  });
});

function lin(...publications: Array<[id: string, source: string]>) {
  const published = publications.map(
    ([id, source]) => [id, { trackSid: id, source, isMuted: false }] as const,
  );
  return { sid: 'PA_lin', identity: 'seat-1', trackPublications: new Map(published) };
}

test('the engine is asked to offer what belongs together as one stream', () => {
  const { room } = joining();
  expect(room.address).toBe('ws://here/?sync_streams=1');
});

test('a track of a shared stream is known by its section, whatever id the browser kept for it', () => {
  const { session, room } = joining();
  room.remoteParticipants.set('seat-1', lin(['TR_first', 'camera'], ['TR_second', 'screen_share']));
  const [camera, screen] = [device(), { id: 'TR_first' }];
  room.arrives(camera, { id: 'PA_lin|camera' }, { mid: '1' });
  room.arrives(screen, { id: 'PA_lin|screen' }, { mid: '2' });
  expect(session.store.getState().remote.get('seat-1')).toEqual({ camera, screen_share: screen });
});

test('a track with a stream of its own is known by the name of the stream', () => {
  const { session, room } = joining();
  room.remoteParticipants.set('seat-1', lin(['TR_own', 'camera']));
  const camera = device();
  room.arrives(camera, { id: 'PA_lin|TR_own' }, { mid: '9' });
  expect(session.store.getState().remote.get('seat-1')).toEqual({ camera });
});

test('the engine is told which cameras are drawn, and never to hold back a screen', () => {
  const drawn = new Drawn();
  const session = new RoomSession(() => undefined, drawn);
  void session.connect('ws://here', 'J');
  const told: string[] = [];
  const published = lin(['TR_first', 'camera'], ['TR_second', 'screen_share']);
  for (const publication of published.trackPublications.values()) {
    Object.assign(publication, {
      isEnabled: true,
      setEnabled(this: { isEnabled: boolean }, isEnabled: boolean) {
        this.isEnabled = isEnabled;
        told.push(`${publication.source} ${isEnabled ? 'on' : 'off'}`);
      },
    });
  }
  const room = FakeRoom.all[0] as FakeRoom;
  room.remoteParticipants.set('seat-1', published);
  room.arrives(device(), { id: 'PA_lin|camera' }, { mid: '1' });
  room.arrives(device(), { id: 'PA_lin|screen' }, { mid: '2' });
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual(['camera off']);
  drawn.show('seat-1');
  expect(told).toEqual(['camera off', 'camera on']);
});

test('what the room before still says changes nothing in the new one', () => {
  const { session, room: before } = joining();
  void session.connect('ws://here', 'J2');
  const room = FakeRoom.all[1] as FakeRoom;
  room.remoteParticipants.set('seat-1', lin(['TR_first', 'camera']));
  const camera = device();
  before.arrives(device(), { id: 'PA_lin|camera' }, { mid: '1' });
  expect(session.store.getState().remote.size).toBe(0);
  room.arrives(camera, { id: 'PA_lin|camera' }, { mid: '1' });
  const publication = { trackSid: 'TR_first' };
  before.happens('muted', publication, { isLocal: false });
  before.happens('unsubscribed', {}, publication);
  before.happens('unpublished', publication);
  before.happens('gone', { identity: 'seat-1' });
  expect(session.store.getState().remote.get('seat-1')).toEqual({ camera });
  room.happens('gone', { identity: 'seat-1' });
  expect(session.store.getState().remote.size).toBe(0);
});
