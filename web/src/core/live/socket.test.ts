import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LiveEvent, Resumed, Welcome } from './protocol';
import { LiveSocket, type LiveListener, type LiveStatus } from './socket';

const [CONNECTING, OPEN, , CLOSED] = [0, 1, 2, 3] as const;

/** The server's end of one connection. */
class FakeSocket {
  static all: FakeSocket[] = [];
  readyState: number = CONNECTING;
  sent: Array<Record<string, unknown>> = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((close: { code: number }) => void) | null = null;

  constructor() {
    FakeSocket.all.push(this);
  }

  static get last(): FakeSocket {
    const socket = FakeSocket.all.at(-1);
    if (socket === undefined) throw new Error('nobody dialled');
    return socket;
  }

  opens(): this {
    this.readyState = OPEN;
    this.onopen?.();
    return this;
  }

  says(frame: object): this {
    this.onmessage?.({ data: JSON.stringify(frame) });
    return this;
  }

  ends(code: number): void {
    this.readyState = CLOSED;
    this.onclose?.({ code });
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.readyState = CLOSED;
  }
}

const welcome = (seq: number, resume: string, epoch = 'e1'): object => ({
  type: 'welcome',
  epoch,
  seq,
  resume,
});
const event = (seq: number): object => ({ seq, type: 'roster.left', at: '', by: null, data: { seat: seq } });

function listening() {
  const heard = {
    welcomes: [] as Welcome[],
    resumed: [] as Resumed[],
    events: [] as LiveEvent[],
    statuses: [] as LiveStatus[],
  };
  const listener: LiveListener = {
    welcome: (frame) => heard.welcomes.push(frame),
    resumed: (frame) => heard.resumed.push(frame),
    event: (frame) => heard.events.push(frame),
    status: (status) => heard.statuses.push(status),
  };
  const live = new LiveSocket('ws://here/api/live', listener, () => new FakeSocket() as unknown as WebSocket);
  return { live, heard, status: () => heard.statuses.at(-1) };
}

function entered() {
  const page = listening();
  page.live.connect({ ticket: 'T' });
  FakeSocket.last.opens().says(welcome(3, 'R1'));
  return page;
}

beforeEach(() => {
  FakeSocket.all = [];
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('hello', () => {
  test('the ticket is the first frame, and the welcome opens the meeting', () => {
    const { heard, status } = entered();
    expect(FakeSocket.last.sent).toEqual([{ type: 'hello', ticket: 'T', capabilities: [] }]);
    expect(heard.welcomes).toHaveLength(1);
    expect(status()).toEqual({ kind: 'open' });
  });

  test('a lost connection comes back with the rotated credential and the last number seen', () => {
    const { heard, status } = entered();
    FakeSocket.last.says(event(4)).ends(1006);
    expect(status()).toMatchObject({ kind: 'lost' });
    vi.advanceTimersByTime(0);
    expect(FakeSocket.last.opens().sent).toEqual([
      { type: 'hello', resume: 'R1', epoch: 'e1', seq: 4, capabilities: [] },
    ]);
    FakeSocket.last
      .says({ type: 'resumed', epoch: 'e1', seq: 6, resume: 'R2' })
      .says(event(5))
      .says(event(6));
    expect(heard.events.map(({ seq }) => seq)).toEqual([4, 5, 6]);
    FakeSocket.last.ends(4000);
    vi.advanceTimersByTime(400);
    expect(FakeSocket.last.opens().sent[0]).toMatchObject({ resume: 'R2', seq: 6 });
  });

  test('too long away or a new epoch is answered with a fresh welcome, which counts from its own number', () => {
    const { heard } = entered();
    FakeSocket.last.ends(1006);
    vi.advanceTimersByTime(0);
    FakeSocket.last
      .opens()
      .says(welcome(0, 'R2', 'e2'))
      .says(event(1));
    expect(heard.welcomes).toHaveLength(2);
    expect(heard.events.map(({ seq }) => seq)).toEqual([1]);
  });

  test('an event that was seen already is not delivered twice; skipped numbers are legal', () => {
    const { heard } = entered();
    FakeSocket.last.says(event(3)).says(event(7)).says(event(7)).says(event(5));
    expect(heard.events.map(({ seq }) => seq)).toEqual([7]);
  });

  test('transient events have no number and always pass', () => {
    const { heard } = entered();
    FakeSocket.last.says({ type: 'participants.speakers', at: '', by: null, data: { speakers: [] } });
    expect(heard.events).toHaveLength(1);
  });

  test('a ticket that is refused twice leads to a new join', () => {
    const { live, status } = listening();
    live.connect({ ticket: 'T' });
    FakeSocket.last.ends(1006);
    vi.advanceTimersByTime(0);
    FakeSocket.last.ends(1006);
    expect(status()).toEqual({ kind: 'over', why: 'rejoin' });
  });
});

describe('commands', () => {
  test('an answer settles its command, a refusal rejects it with its code', async () => {
    const { live } = entered();
    const renamed = live.send('participants.rename', { name: '周航' });
    const removed = live.send('participants.remove', { seat: 9 });
    const [, first, second] = FakeSocket.last.sent;
    FakeSocket.last.says({ ack: first?.id, data: {} });
    FakeSocket.last.says({ re: second?.id, error: { code: 'no_such_seat', message: '', data: {} } });
    await expect(renamed).resolves.toEqual({});
    await expect(removed).rejects.toMatchObject({ code: 'no_such_seat' });
  });

  test('ids rise from 1', () => {
    const { live } = entered();
    for (let count = 0; count < 3; count += 1) void live.send('participants.rename', { name: '周航' });
    const ids = FakeSocket.last.sent.slice(1).map(({ id }) => id as number);
    expect(ids).toEqual([1, 2, 3]);
  });

  test('what was not answered before the loss is repeated under the same id', () => {
    const { live } = entered();
    void live.send('participants.rename', { name: '周航' });
    const id = FakeSocket.last.sent[1]?.id;
    FakeSocket.last.ends(1006);
    vi.advanceTimersByTime(0);
    FakeSocket.last.opens().says({ type: 'resumed', epoch: 'e1', seq: 3, resume: 'R2' });
    expect(FakeSocket.last.sent[1]).toMatchObject({ id, type: 'participants.rename' });
  });

  test('what may have arrived is not repeated after a fresh welcome: nobody knows whether it was carried out', async () => {
    const { live } = entered();
    const renamed = live.send('participants.rename', { name: '周航' });
    FakeSocket.last.ends(1006);
    const removed = live.send('participants.remove', { seat: 9 });
    vi.advanceTimersByTime(0);
    FakeSocket.last.opens().says(welcome(0, 'R2', 'e2'));
    await expect(renamed).rejects.toMatchObject({ code: 'outcome_unknown' });
    const [, ...commands] = FakeSocket.last.sent;
    expect(commands).toMatchObject([{ type: 'participants.remove', data: { seat: 9 } }]);
    FakeSocket.last.says({ ack: commands[0]?.id, data: {} });
    await expect(removed).resolves.toEqual({});
  });

  test('what was asked before the welcome waits for it', () => {
    const { live } = listening();
    live.connect({ ticket: 'T' });
    void live.send('participants.rename', { name: '周航' });
    FakeSocket.last.opens();
    expect(FakeSocket.last.sent).toHaveLength(1);
    FakeSocket.last.says(welcome(3, 'R1'));
    expect(FakeSocket.last.sent).toHaveLength(2);
  });
});

describe('the end', () => {
  test.each([
    [4003, 'ended'],
    [4004, 'removed'],
    [4005, 'replaced'],
    [4007, 'left'],
  ])('close code %i is final: %s', async (code, why) => {
    const { live, status } = entered();
    const waiting = live.send('participants.rename', { name: '周航' });
    FakeSocket.last.ends(code);
    expect(status()).toEqual({ kind: 'over', why });
    await expect(waiting).rejects.toMatchObject({ code: 'meeting_over' });
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(1);
  });

  test.each([4001, 4008])(
    'close code %i leads to a new join: nobody knows of what was sent, and what was not is said so',
    async (code) => {
      const { live, status } = entered();
      const renamed = live.send('participants.rename', { name: '周航' });
      FakeSocket.last.ends(1006);
      const removed = live.send('participants.remove', { seat: 9 });
      vi.advanceTimersByTime(0);
      FakeSocket.last.opens().ends(code);
      expect(status()).toEqual({ kind: 'over', why: 'rejoin' });
      await expect(renamed).rejects.toMatchObject({ code: 'outcome_unknown' });
      await expect(removed).rejects.toMatchObject({ code: 'not_sent' });
      await expect(live.send('hands.raise', {})).rejects.toMatchObject({ code: 'not_sent' });
      vi.advanceTimersByTime(60_000);
      expect(FakeSocket.all).toHaveLength(2);
    },
  );

  test.each([1001, 1006, 1012, 4000, 4002, 4006, 4010])(
    'close code %i is not: the page comes back',
    (code) => {
      const { status } = entered();
      FakeSocket.last.ends(code);
      vi.advanceTimersByTime(0);
      expect(FakeSocket.all).toHaveLength(2);
      FakeSocket.last.opens().says(welcome(3, 'R2'));
      expect(status()).toEqual({ kind: 'open' });
    },
  );

  test('after a malformed frame of ours the page asks for a fresh view', () => {
    entered();
    FakeSocket.last.ends(4009);
    vi.advanceTimersByTime(0);
    expect(FakeSocket.last.opens().sent[0]).toEqual({ type: 'hello', resume: 'R1', capabilities: [] });
  });
});

describe('silence', () => {
  test('a ping goes out every 5 s, and 12 s without any frame is a loss', () => {
    const { status } = entered();
    vi.advanceTimersByTime(5_000);
    expect(FakeSocket.last.sent.at(-1)).toEqual({ type: 'ping' });
    FakeSocket.last.says({ type: 'pong' });
    vi.advanceTimersByTime(11_000);
    expect(status()).toEqual({ kind: 'open' });
    vi.advanceTimersByTime(1_000);
    expect(status()).toMatchObject({ kind: 'lost' });
    vi.advanceTimersByTime(1);
    expect(FakeSocket.all).toHaveLength(2);
  });

  test.each([-3_600_000, 3_600_000])('a clock that is set by %i ms makes no silence', (jump) => {
    const { status } = entered();
    vi.setSystemTime(Date.now() + jump);
    vi.advanceTimersByTime(5_000);
    expect(FakeSocket.last.sent.at(-1)).toEqual({ type: 'ping' });
    expect(status()).toEqual({ kind: 'open' });
  });

  test('tries get further apart while the server is away, and the network’s return cuts the wait', () => {
    const { live } = entered();
    vi.advanceTimersByTime(6_000);
    for (const wait of [0, 300, 1_000, 2_000, 3_800, 3_800]) {
      const dialled = FakeSocket.all.length;
      FakeSocket.last.ends(1006);
      vi.advanceTimersByTime(Math.max(wait - 1, 0));
      expect(FakeSocket.all).toHaveLength(wait === 0 ? dialled + 1 : dialled);
      vi.advanceTimersByTime(1);
      expect(FakeSocket.all).toHaveLength(dialled + 1);
    }
    FakeSocket.last.ends(1006);
    const dialled = FakeSocket.all.length;
    live.retryNow();
    expect(FakeSocket.all).toHaveLength(dialled + 1);
  });

  test('no wait is longer than 5 s', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999);
    entered();
    for (let losses = 0; losses < 12; losses += 1) {
      const dialled = FakeSocket.all.length;
      FakeSocket.last.ends(1006);
      vi.advanceTimersByTime(5_000);
      expect(FakeSocket.all.length).toBeGreaterThan(dialled);
    }
  });

  test('the network’s return also cuts short a try that hangs, and leaves a connection that is open alone', () => {
    const { live } = entered();
    live.retryNow();
    expect(FakeSocket.all).toHaveLength(1);
    FakeSocket.last.ends(1006);
    vi.advanceTimersByTime(0);
    const hanging = FakeSocket.last;
    live.retryNow();
    expect(FakeSocket.all).toHaveLength(3);
    hanging.ends(1006);
    FakeSocket.last.opens().says({ type: 'resumed', epoch: 'e1', seq: 3, resume: 'R2' });
    vi.advanceTimersByTime(4_000);
    expect(FakeSocket.all).toHaveLength(3);
  });

  test('a browser without a network is believed at once, and one that has it again does not wait', () => {
    const { live, status } = entered();
    const dead = FakeSocket.last;
    live.lostNetwork();
    expect([status()?.kind, dead.readyState]).toEqual(['lost', CLOSED]);
    vi.advanceTimersByTime(0);
    FakeSocket.last.ends(1006);
    live.retryNow();
    expect(FakeSocket.last.opens().sent).toMatchObject([{ type: 'hello', resume: 'R1', seq: 3 }]);
    FakeSocket.last.says({ type: 'resumed', epoch: 'e1', seq: 3, resume: 'R2' });
    expect(status()).toEqual({ kind: 'open' });
    expect(FakeSocket.all).toHaveLength(3);
  });

  test('the first hello has its time, whatever the browser says of the network', () => {
    const { live, status } = listening();
    live.connect({ ticket: 'T' });
    live.lostNetwork();
    expect(status()).toEqual({ kind: 'connecting' });
    FakeSocket.last.opens().says(welcome(3, 'R1'));
    expect(status()).toEqual({ kind: 'open' });
  });

  test('a ticket is not spent twice because the network returns', () => {
    const { live } = listening();
    live.connect({ ticket: 'T' });
    live.retryNow();
    expect(FakeSocket.all).toHaveLength(1);
  });
});
