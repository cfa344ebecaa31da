import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readCredential, writeCredential } from './credential';
import { LiveSession } from './session';
import type { LiveFeature } from './state';

const NUMBER = '123456789';
const SOCKET = 'ws://here/api/live';

const SPEAKERS: LiveFeature<string> = {
  name: 'speakers',
  read: () => 'somebody',
  apply: (state) => state,
  cut: () => 'nobody',
};

/** A server that welcomes whoever says hello, with the credential given. */
function seat(resume: string) {
  const socket = {
    readyState: 1,
    onopen: null,
    onmessage: null as ((message: { data: string }) => void) | null,
    onclose: null as ((close: { code: number }) => void) | null,
    send: () => undefined,
    close: () => undefined,
  };
  const live = new LiveSession({
    number: NUMBER,
    socket: SOCKET,
    features: [SPEAKERS],
    enteredAt: 5_000,
    open: () => socket as unknown as WebSocket,
  });
  const welcome = { type: 'welcome', epoch: 'e', seq: 0, resume, snapshot: { roster: [] } };
  return {
    live,
    enters: () => {
      live.connect({ ticket: 'T' });
      socket.onmessage?.({ data: JSON.stringify(welcome) });
    },
    returns: () => live.connect({ resume }),
    closes: (code: number) => socket.onclose?.({ code }),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  const items = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a seat that one left is not found by a reload', () => {
  const lin = seat('R1');
  lin.enters();
  expect(readCredential(NUMBER)?.resume).toBe('R1');
  lin.live.close('left');
  expect(readCredential(NUMBER)).toBeNull();
});

test('the last word of a seat that one left does not take the next seat of this tab away', () => {
  const [first, next] = [seat('R1'), seat('R2')];
  first.enters();
  next.enters();
  first.closes(4007);
  expect(readCredential(NUMBER)?.resume).toBe('R2');
});

test('what only transient events kept true is forgotten with the connection', () => {
  const lin = seat('R1');
  lin.enters();
  expect(lin.live.store.getState().live?.features.speakers).toBe('somebody');
  lin.closes(1006);
  expect(lin.live.store.getState().live?.features.speakers).toBe('nobody');
});

test('a browser that says it is offline has lost its meeting at once, until it is left', () => {
  const browser = new EventTarget();
  vi.stubGlobal('addEventListener', browser.addEventListener.bind(browser));
  vi.stubGlobal('removeEventListener', browser.removeEventListener.bind(browser));
  const lin = seat('R1');
  lin.enters();
  browser.dispatchEvent(new Event('offline'));
  expect(lin.live.store.getState().status.kind).toBe('lost');
  lin.live.close('left');
  browser.dispatchEvent(new Event('offline'));
  expect(lin.live.store.getState().status.kind).toBe('over');
});

test('the time of entering is kept for a reload', () => {
  seat('R1').enters();
  expect(readCredential(NUMBER)?.enteredAt).toBe(5_000);
});

test('a credential that the server refuses is forgotten', () => {
  writeCredential({ number: NUMBER, socket: SOCKET, resume: 'R1', enteredAt: 5_000 });
  const lin = seat('R1');
  lin.returns();
  lin.closes(4008);
  expect(readCredential(NUMBER)).toBeNull();
});
