import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { announce, announcements } from '@/core/announce';
import { ApiError } from '@/core/errors';
import { capture, refreshDevices, type Captured, type MediaView } from '@/media';
import type { Rejoin } from './live-link';
import { MeetingRoom } from './meeting-room';
import { isConnected, isOpening, NOT_SENDING, sendingState, type Sending } from './view';
import { lastSending } from './coming-back';
import { closeStay } from './stay';

/** The media room: it does at once what it is told and keeps a list of it. */
class FakeMedia {
  static last: FakeMedia;
  store = createStore<MediaView>(() => NO_MEDIA);
  said: string[] = [];
  tokens: string[] = [];
  replaced: Captured['replaced'];
  constructor(readonly lost: () => void) {
    FakeMedia.last = this;
  }
  connect(_url: string, token: string, captured: Captured) {
    this.tokens.push(token);
    this.replaced = captured.replaced;
    this.store.setState({ ...NO_MEDIA, connection: 'connecting' });
    for (const kind of ['microphone', 'camera'] as const) {
      if (captured[kind]) this.put(kind, 'on');
    }
  }
  put(kind: 'microphone' | 'camera', state: 'on' | 'starting' | 'off') {
    this.store.setState(({ own }) => ({ own: { ...own, [kind]: state } }));
  }
  goes(connection: MediaView['connection']) {
    this.store.setState(connection === 'lost' ? { ...NO_MEDIA, connection } : { connection });
    if (connection === 'lost') this.lost();
  }
  turnOn = async (kind: 'microphone' | 'camera') => {
    this.said.push(`on ${kind}`);
    if (this.store.getState().connection !== 'lost') this.put(kind, 'on');
  };
  turnOff = async (kind: 'microphone' | 'camera') => {
    this.said.push(`off ${kind}`);
    this.put(kind, 'off');
  };
  withdraw = async (source: string) => {
    this.said.push(`withdraw ${source}`);
  };
  shareScreen = async () => {
    this.said.push('share');
  };
  leave() {
    this.store.setState(NO_MEDIA, true);
  }
}

const { NO_MEDIA } = await vi.importActual<typeof import('@/media/view')>('@/media/view');
vi.mock('@/media', async () => ({
  ...(await vi.importActual<object>('@/media/view')),
  ...(await vi.importActual<object>('@/media/drawn')),
  capture: vi.fn<typeof capture>(),
  refreshDevices: vi.fn<typeof refreshDevices>(async () => undefined),
  loadRoomSession: async () => FakeMedia,
}));

/** The server's end of the socket. */
class FakeSocket {
  static last: FakeSocket;
  readyState = 1;
  sent: Array<{ id?: number; type: string; ticket?: string }> = [];
  seq = 0;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((close: { code: number }) => void) | null = null;
  constructor(readonly url: string) {
    FakeSocket.last = this;
  }
  send(text: string) {
    this.sent.push(JSON.parse(text) as { type: string });
  }
  close() {}
  says(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  welcomes(publish: readonly string[], media = ASSIGNMENT, space = 'main', topic = '产品周会') {
    this.says({
      type: 'welcome',
      epoch: 'e',
      seq: 0,
      resume: 'R',
      you: you(publish, space),
      meeting: { number: '123456789', topic, started_at: '' },
      snapshot: { roster: [] },
      media,
    });
  }
  moves(space: string, publish: readonly string[], media: typeof ASSIGNMENT) {
    this.says({ seq: ++this.seq, type: 'you.changed', at: '', by: 2, data: you(publish, space) });
    this.says({ seq: ++this.seq, type: 'media.assigned', at: '', by: 2, data: media });
  }
}

const STEP_MS = 10;
const ALL = ['microphone', 'camera', 'screen_share'];
const WATCHING: string[] = [];
const ASSIGNMENT = { space: 'main', kind: 'rtc', url: 'ws://here:7880', token: 'J', expires_at: null };
const NONE = { space: 'lobby', kind: 'none', url: '', token: '', expires_at: null };
const you = (publish: readonly string[], space = 'main') => ({
  seat: 1,
  role: 'participant',
  space,
  rights: { publish, subscribe: true, data: true, actions: [] },
});
const SPEAKING: Sending = {
  microphone: true,
  camera: false,
  devices: { microphone: 'headset', camera: '', speaker: '' },
};
const device = () => ({ stop: () => undefined }) as unknown as MediaStreamTrack;

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(capture)
    .mockReset()
    .mockImplementation(async () => device());
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('window', {});
  vi.stubGlobal('sessionStorage', {
    getItem: () => null,
    setItem: () => undefined,
    removeItem: () => undefined,
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** An answer that the test gives. */
function later<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((answered) => (resolve = answered));
  return { promise, resolve };
}

const rejoin = async () => ({ ticket: 'T2', socket: 'ws://there/api/live', sending: null });

async function entered({
  sending = SPEAKING,
  publish = ALL,
  again = rejoin as Rejoin | null,
  captured = null as Captured | null,
  media = ASSIGNMENT,
  space = 'main',
} = {}) {
  const stay = { number: '123456789', passcode: undefined, parts: [], rejoin: again, enteredAt: 0 };
  const room = new MeetingRoom(stay, 'ws://here/api/live', sending, captured);
  room.enter({ ticket: 'T' });
  FakeSocket.last.welcomes(publish, media, space);
  await vi.advanceTimersByTimeAsync(0);
  if (media.kind === 'rtc') FakeMedia.last.goes('connected');
  return {
    room,
    media: FakeMedia.last,
    isOn: () => sendingState(room.view.getState(), 'microphone') === 'on',
  };
}

/** The engine lets go of us and the server assigns a new media room. */
async function mediaComeBack(media: FakeMedia) {
  await vi.advanceTimersByTimeAsync(400);
  const renewal = FakeSocket.last.sent.findLast(({ type }) => type === 'media.renew');
  FakeSocket.last.says({ ack: renewal?.id, data: ASSIGNMENT });
  await vi.advanceTimersByTimeAsync(0);
  media.goes('connected');
}

describe('switching', () => {
  test('without the right neither click nor key does anything', async () => {
    const { room, media } = await entered({ sending: NOT_SENDING, publish: WATCHING });
    await room.toggle('microphone');
    await room.toggle('camera');
    await room.toggleShare();
    expect(media.said).toEqual([]);
    expect(room.view.getState().sending).toEqual(NOT_SENDING);
  });

  test('muted while the media reconnect, one is not live when they are back', async () => {
    const { room, media, isOn } = await entered();
    expect(isOn()).toBe(true);
    media.goes('lost');
    expect(isOn()).toBe(true);
    await room.toggle('microphone');
    expect(isOn()).toBe(false);
    vi.mocked(capture).mockClear();
    await mediaComeBack(media);
    expect(capture).not.toHaveBeenCalled();
    expect(isOn()).toBe(false);
  });

  test('a device that was unplugged stays off after a lost connection', async () => {
    const { media, isOn } = await entered();
    media.put('microphone', 'off');
    media.goes('lost');
    expect(isOn()).toBe(false);
  });
});

describe('a permission prompt that nobody answers', () => {
  test('leaves the device off; a second press takes the first one back, a third asks again', async () => {
    const { room, media, isOn } = await entered({ sending: { ...SPEAKING, microphone: false } });
    media.turnOn = async (kind) => {
      media.said.push(`on ${kind}`);
      media.put(kind, 'starting');
    };
    await room.toggle('microphone');
    expect([isOn(), isOpening(room.view.getState())]).toEqual([false, true]);
    expect(sendingState(room.view.getState(), 'microphone')).toBe('starting');
    await room.toggle('microphone');
    expect([isOn(), isOpening(room.view.getState())]).toEqual([false, false]);
    await room.toggle('microphone');
    expect(media.said).toEqual(['on microphone', 'off microphone', 'on microphone']);
    media.put('microphone', 'on');
    expect([isOn(), isOpening(room.view.getState())]).toEqual([true, false]);
  });

  test('is neither on nor off, also while the media are away', async () => {
    const { media, room } = await entered();
    media.goes('reconnecting');
    media.put('microphone', 'off');
    expect(sendingState(room.view.getState(), 'microphone')).toBe('on');
    media.put('microphone', 'starting');
    expect(sendingState(room.view.getState(), 'microphone')).toBe('starting');
  });

  test('after a reload keeps nobody from seeing the others, and an answer that comes late opens nothing', async () => {
    const answer = later<MediaStreamTrack>();
    vi.mocked(capture).mockReturnValue(answer.promise);
    const { media } = await entered();
    expect(media.tokens).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([media.tokens, media.said]).toEqual([['J'], ['on microphone']]);
    const late = { stop: vi.fn<() => void>() };
    answer.resolve(late as unknown as MediaStreamTrack);
    await vi.advanceTimersByTimeAsync(0);
    expect(late.stop).toHaveBeenCalledOnce();
  });
});

describe('coming back', () => {
  test('the chosen devices are opened again', async () => {
    const { media } = await entered();
    vi.mocked(capture).mockClear();
    media.goes('lost');
    await mediaComeBack(media);
    expect(vi.mocked(capture).mock.calls.map(([kind, id]) => [kind, id])).toEqual([
      ['microphone', 'headset'],
    ]);
    expect(refreshDevices).toHaveBeenCalled();
  });

  test('a device that is gone meanwhile is told to be replaced', async () => {
    vi.mocked(capture).mockImplementation(async (_kind, _id, unplugged) => {
      unplugged();
      return device();
    });
    const { media, isOn } = await entered();
    expect([isOn(), media.replaced]).toEqual([true, ['microphone']]);
  });

  test('a device whose replacement does not open is not told to be replaced', async () => {
    vi.mocked(capture).mockImplementation(async (_kind, _id, unplugged) => {
      unplugged();
      throw new Error('busy');
    });
    const { media } = await entered();
    expect([media.said, media.replaced]).toEqual([['on microphone'], []]);
  });

  test('a device that does not open is tried once more by the one who says why', async () => {
    const { media } = await entered();
    vi.mocked(capture).mockRejectedValue(new Error('busy'));
    media.goes('lost');
    await mediaComeBack(media);
    expect(media.said).toEqual(['on microphone']);
  });

  test('events are still announced after a rejoin', async () => {
    const { room } = await entered();
    const heard: string[] = [];
    room.onEvent(({ type }) => heard.push(type));
    FakeSocket.last.onclose?.({ code: 4001 });
    await vi.advanceTimersByTimeAsync(0);
    FakeSocket.last.welcomes(ALL);
    FakeSocket.last.says({ seq: 1, type: 'roster.left', at: '', by: null, data: { seat: 2 } });
    expect(heard).toEqual(['roster.left']);
  });

  test('a right that was taken away meanwhile is obeyed', async () => {
    const { media, isOn } = await entered();
    FakeSocket.last.onclose?.({ code: 4001 });
    await vi.advanceTimersByTimeAsync(0);
    FakeSocket.last.welcomes(WATCHING);
    expect(media.said).toContain('withdraw microphone');
    media.goes('lost');
    expect(isOn()).toBe(false);
  });
});

/** The time for coming back by itself has run out: the page joins again, and gets these answers. */
async function rejoining(...answers: Array<ApiError | 'a ticket'>) {
  const again = vi.fn<typeof rejoin>(rejoin);
  for (const said of answers) if (said !== 'a ticket') again.mockRejectedValueOnce(said);
  const { room } = await entered({ again });
  FakeSocket.last.onclose?.({ code: 4001 });
  await vi.advanceTimersByTimeAsync(0);
  return { room, again, status: () => room.view.getState().status };
}

/** For so long every socket dies before its welcome. */
async function socketsDie(withinMs: number) {
  for (let passed = 0; passed < withinMs; passed += STEP_MS) {
    FakeSocket.last.onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(STEP_MS);
  }
}

describe('joining again by itself', () => {
  test('what is pressed meanwhile was not sent, and the person is told', async () => {
    const { room } = await entered();
    FakeSocket.last.onclose?.({ code: 1006 });
    const before = room.send('participants.rename', { name: '周航' });
    await vi.advanceTimersByTimeAsync(0);
    FakeSocket.last.onclose?.({ code: 4001 });
    const after = room.send('participants.rename', { name: '周航' });
    for (const renamed of [before, after]) await expect(renamed).rejects.toMatchObject({ code: 'not_sent' });
  });

  test('what was pressed before an end is no failure, though there was nothing to come back by', async () => {
    const { room } = await entered({ again: null });
    const renamed = room.send('participants.rename', { name: '周航' });
    FakeSocket.last.onclose?.({ code: 4001 });
    await expect(renamed).rejects.toMatchObject({ code: 'meeting_over' });
  });

  test('a seat that another device has taken meanwhile stays with it', async () => {
    const { status } = await rejoining(new ApiError('seat_in_use', 409, { seat: 1 }));
    expect(status()).toEqual({ kind: 'over', why: 'replaced' });
  });

  test('what the server refuses for good is the end', async () => {
    const { status, again } = await rejoining(new ApiError('meeting_not_available', 404, {}));
    expect(status()).toEqual({ kind: 'over', why: 'rejoin' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(again).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['away', new ApiError('unreachable', 0, {})],
    ['starting', new ApiError('internal_error', 503, {})],
    ['busy', new ApiError('too_many_requests', 429, {})],
  ])(
    'a server that is %s is asked again, and the meeting is as the server has it now',
    async (_, refusal) => {
      const { room, again, status } = await rejoining(refusal, refusal, refusal);
      expect(status().kind).toBe('lost');
      await vi.advanceTimersByTimeAsync(5_000);
      expect(again).toHaveBeenCalledTimes(4);
      const { last: socket } = FakeSocket;
      expect(socket.url).toBe('ws://there/api/live');
      socket.onopen?.();
      expect(socket.sent).toEqual([{ type: 'hello', ticket: 'T2', capabilities: [] }]);
      socket.welcomes(ALL, { ...ASSIGNMENT, token: 'J2' }, 'main', '产品周会（续）');
      expect(status()).toEqual({ kind: 'open' });
      expect(room.view.getState().live?.meeting.topic).toBe('产品周会（续）');
      FakeMedia.last.goes('lost');
      await mediaComeBack(FakeMedia.last);
      expect(isConnected(room.view.getState())).toBe(true);
    },
  );

  test('a server that gives tickets while its sockets fail is asked ever more slowly', async () => {
    const { again } = await rejoining();
    await socketsDie(60_000);
    expect(again.mock.calls.length).toBeGreaterThan(10);
    expect(again.mock.calls.length).toBeLessThan(20);
  });

  test('meanwhile the person sees one lost connection, never a first entering', async () => {
    const { room } = await rejoining();
    const drawn = new Set([room.view.getState().status.kind]);
    room.view.subscribe(({ status }) => drawn.add(status.kind));
    await socketsDie(20_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([...drawn]).toEqual(['lost']);
    expect(room.view.getState().live).not.toBeNull();
  });

  test('only a welcome makes the waits short again', async () => {
    const { again } = await rejoining();
    await socketsDie(20_000);
    await vi.advanceTimersByTimeAsync(5_000);
    FakeSocket.last.welcomes(ALL);
    again.mockClear();
    FakeSocket.last.onclose?.({ code: 4001 });
    await vi.advanceTimersByTimeAsync(0);
    expect(again).toHaveBeenCalledTimes(1);
  });

  test('a server that names a wait is not asked before it is over', async () => {
    const refusal = new ApiError('too_many_requests', 429, { retry_after: 30 });
    const { again } = await rejoining(refusal);
    await vi.advanceTimersByTimeAsync(29_900);
    expect(again).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(again).toHaveBeenCalledTimes(2);
  });

  test('whoever leaves between two tries asks no more', async () => {
    const refusal = new ApiError('unreachable', 0, {});
    const { room, again } = await rejoining(refusal, refusal, refusal);
    const asked = again.mock.calls.length;
    room.leave();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(again).toHaveBeenCalledTimes(asked);
  });

  test('whoever leaves before the answer takes no seat', async () => {
    const asked = later<Awaited<ReturnType<typeof rejoin>>>();
    const { room } = await entered({ again: () => asked.promise });
    const before = FakeSocket.last;
    before.onclose?.({ code: 4001 });
    room.leave();
    asked.resolve(await rejoin());
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeSocket.last).toBe(before);
    expect(room.view.getState().status).toEqual({ kind: 'over', why: 'left' });
  });
});

describe('the end', () => {
  test('whoever ended the meeting is told so, even when the end comes before its answer', async () => {
    const { room } = await entered();
    const ended = room.endForAll();
    FakeSocket.last.onclose?.({ code: 4003 });
    await expect(ended).resolves.toBeUndefined();
    expect(room.view.getState().status).toEqual({ kind: 'over', why: 'ended' });
    expect(room.farewell('ended')).toBe('ended_by_you');
  });

  test('an end that the server refused is somebody else’s when it comes later', async () => {
    const { room } = await entered();
    const ended = room.endForAll();
    const re = FakeSocket.last.sent.at(-1)?.id;
    FakeSocket.last.says({ re, error: { code: 'forbidden', message: '', data: {} } });
    await expect(ended).rejects.toMatchObject({ code: 'forbidden' });
    expect(room.farewell('ended')).toBe('ended');
    expect(room.farewell('removed')).toBe('removed');
  });

  test('what was said in the meeting is not shown over its end, and who was muted comes back muted', async () => {
    const { room } = await entered({ sending: { ...SPEAKING, microphone: false } });
    announce('周航加入了会议');
    closeStay(room, 'left');
    expect(announcements.getState().current).toBeNull();
    expect(lastSending(room.stay.number, null).microphone).toBe(false);
    expect(lastSending('987654321', null)).toEqual({});
  });

  test('whoever comes back to this page is there as before, devices too', async () => {
    const { room } = await entered();
    FakeSocket.last.onclose?.({ code: 4005 });
    const back = closeStay(room, 'replaced').room.again(await rejoin());
    FakeSocket.last.welcomes(ALL);
    expect(back.view.getState()).toMatchObject({ status: { kind: 'open' }, sending: SPEAKING });
    expect(back.stay).toBe(room.stay);
  });

  test('whoever takes their seat back is as muted as the page was that had it', async () => {
    const { room } = await entered();
    FakeSocket.last.onclose?.({ code: 4005 });
    const ticket = { ...(await rejoin()), sending: ['camera'] };
    const back = closeStay(room, 'replaced').room.again(ticket);
    expect(back.view.getState().sending).toEqual({ ...SPEAKING, microphone: false, camera: true });
    const door = lastSending(room.stay.number, []);
    expect(door).toEqual({ ...SPEAKING, microphone: false, camera: false });
  });

  test('the time in the meeting counts from the first joining', async () => {
    const { room } = await entered();
    vi.setSystemTime(room.stay.enteredAt + 30 * 60_000);
    expect(closeStay(room, 'left')).toMatchObject({ why: 'left', minutes: 30 });
  });
});

test('a media part that does not load leaves the rest of the meeting, with every device closed', async () => {
  const media = await import('@/media');
  vi.spyOn(media, 'loadRoomSession').mockRejectedValueOnce(new TypeError('Failed to fetch'));
  const stop = vi.fn<() => void>();
  const microphone = { stop } as unknown as MediaStreamTrack;
  const { room, isOn } = await entered({
    captured: { microphone, camera: null, devices: SPEAKING.devices },
  });
  expect(room.tracks).toBeNull();
  expect(room.view.getState().status).toEqual({ kind: 'open' });
  expect(stop).toHaveBeenCalledTimes(1);
  expect(isOn()).toBe(false);
  await room.toggle('microphone');
  expect(isOn()).toBe(false);
});

describe('moved by the server', () => {
  const again = { ...ASSIGNMENT, token: 'J2' };

  test('into the waiting room: the media are left, and nobody is asked for new ones', async () => {
    const { media, room } = await entered();
    FakeSocket.last.moves('lobby', WATCHING, NONE);
    expect(room.view.getState().media.connection).toBe('idle');
    media.lost();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(FakeSocket.last.sent.map(({ type }) => type)).not.toContain('media.renew');
  });

  test('out of it: the media are joined, as the person had come', async () => {
    const { media, isOn } = await entered({ publish: WATCHING, media: NONE, space: 'lobby' });
    expect(media.tokens).toEqual([]);
    FakeSocket.last.moves('main', ALL, again);
    await vi.advanceTimersByTimeAsync(0);
    expect(media.tokens).toEqual(['J2']);
    media.goes('connected');
    expect(isOn()).toBe(true);
  });

  test('while the devices still open: nothing is joined, and they are closed', async () => {
    const { media } = await entered();
    const stop = vi.fn<() => void>();
    const prompt = later<MediaStreamTrack>();
    vi.mocked(capture).mockReturnValue(prompt.promise);
    media.goes('lost');
    await vi.advanceTimersByTimeAsync(400);
    const renewal = FakeSocket.last.sent.findLast(({ type }) => type === 'media.renew');
    FakeSocket.last.says({ ack: renewal?.id, data: again });
    await vi.advanceTimersByTimeAsync(0);
    FakeSocket.last.moves('lobby', WATCHING, NONE);
    prompt.resolve({ stop } as unknown as MediaStreamTrack);
    await vi.advanceTimersByTimeAsync(0);
    expect(media.tokens).toEqual(['J']);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  test('into another room: from the media of the one into those of the other', async () => {
    const { media } = await entered();
    FakeSocket.last.moves('breakout:1', ALL, { ...again, space: 'breakout:1' });
    await vi.advanceTimersByTimeAsync(0);
    expect(media.tokens).toEqual(['J', 'J2']);
  });

  test('nowhere: a new assignment in the same space leaves standing media alone', async () => {
    const { media } = await entered();
    FakeSocket.last.moves('main', ALL, again);
    await vi.advanceTimersByTimeAsync(0);
    expect(media.tokens).toEqual(['J']);
  });
});

test('what others say arrives only while both sockets stand', async () => {
  const { room, media } = await entered();
  expect(isConnected(room.view.getState())).toBe(true);
  media.goes('reconnecting');
  expect(isConnected(room.view.getState())).toBe(false);
  media.goes('connected');
  FakeSocket.last.onclose?.({ code: 1006 });
  expect(isConnected(room.view.getState())).toBe(false);
});

test('a host who lets somebody unmute does not put them live', async () => {
  const { room, media } = await entered({ publish: WATCHING });
  FakeSocket.last.says({ seq: 1, type: 'you.changed', at: '', by: 2, data: you(ALL) });
  expect(room.view.getState().live?.you.rights.publish).toEqual(ALL);
  vi.mocked(capture).mockClear();
  media.goes('lost');
  await mediaComeBack(media);
  expect(capture).not.toHaveBeenCalled();
  expect(media.said).toEqual([]);
});
