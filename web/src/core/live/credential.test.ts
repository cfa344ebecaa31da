import { expect, test, vi } from 'vitest';
import { dropCredential, readCredential, writeCredential, type CredentialStorage } from './credential';

function storage(): CredentialStorage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

function denied(): never {
  throw new DOMException('denied', 'SecurityError');
}

const SEAT = { number: '123456789', socket: 'wss://here/api/live', resume: 'R', enteredAt: 1_000 };

test('a reload finds its own seat, and only in the same meeting', () => {
  const tab = storage();
  writeCredential(SEAT, tab);
  expect(readCredential('123456789', tab)).toEqual(SEAT);
  expect(readCredential('987654321', tab)).toBeNull();
  dropCredential(SEAT, tab);
  expect(readCredential('123456789', tab)).toBeNull();
});

test.each([
  ['in the same meeting', '123456789'],
  ['in another one', '987654321'],
])('leaving a seat keeps the credential of the next one %s', (_, number) => {
  const tab = storage();
  const next = { ...SEAT, number, resume: 'R2' };
  writeCredential(next, tab);
  dropCredential(SEAT, tab);
  expect(readCredential(number, tab)).toEqual(next);
});

test('an entry without the time of entering begins now', () => {
  const tab = storage();
  const { enteredAt: _, ...earlier } = SEAT;
  tab.setItem('mcmeet.seat', JSON.stringify(earlier));
  expect(readCredential('123456789', tab)?.enteredAt).toBeCloseTo(Date.now(), -3);
});

test.each([
  '',
  '{',
  'null',
  '7',
  '{"number":"123456789"}',
  '{"number":"123456789","socket":1,"resume":null}',
])('a damaged entry %j is no seat', (text) => {
  const tab = storage();
  tab.setItem('mcmeet.seat', text);
  expect(readCredential('123456789', tab)).toBeNull();
});

test('a browser that forbids storage has no seat to come back to, and the meeting goes on', () => {
  vi.stubGlobal('sessionStorage', undefined);
  Object.defineProperty(globalThis, 'sessionStorage', { get: denied, configurable: true });
  writeCredential(SEAT);
  expect(readCredential('123456789')).toBeNull();
  dropCredential(SEAT);
  vi.unstubAllGlobals();
});
