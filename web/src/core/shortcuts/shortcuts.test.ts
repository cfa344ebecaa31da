import { beforeEach, expect, test, vi } from 'vitest';
import { areShortcutsOn, setShortcuts, watchShortcuts } from '.';

const stored = new Map<string, string>();

function denied(): never {
  throw new DOMException('denied', 'SecurityError');
}

beforeEach(() => {
  stored.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  });
});

test('shortcuts are on until somebody switches them off, and then stay off', () => {
  expect(areShortcutsOn()).toBe(true);
  setShortcuts(false);
  expect(areShortcutsOn()).toBe(false);
  expect(Object.fromEntries(stored)).toEqual({ 'mcmeet.shortcuts': 'off' });
});

test('who has them on leaves nothing in the browser', () => {
  setShortcuts(false);
  setShortcuts(true);
  expect(areShortcutsOn()).toBe(true);
  expect([...stored]).toEqual([]);
});

test('a browser that forbids storage obeys as long as the page is open', () => {
  vi.stubGlobal('localStorage', { getItem: denied, setItem: denied, removeItem: denied });
  expect(areShortcutsOn()).toBe(true);
  setShortcuts(false);
  expect(areShortcutsOn()).toBe(false);
  setShortcuts(true);
  expect(areShortcutsOn()).toBe(true);
});

test('whoever shows the switch hears of a change here and in another tab, until they look away', () => {
  const page = new EventTarget();
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  const changed = vi.fn<() => void>();
  const unwatch = watchShortcuts(changed);
  setShortcuts(false);
  page.dispatchEvent(new Event('storage'));
  expect(changed).toHaveBeenCalledTimes(2);
  unwatch();
  setShortcuts(true);
  page.dispatchEvent(new Event('storage'));
  expect(changed).toHaveBeenCalledTimes(2);
});
