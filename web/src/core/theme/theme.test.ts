import { beforeEach, expect, test, vi } from 'vitest';
import { currentTheme, setTheme, showTheme } from '.';

const stored = new Map<string, string>();
const dataset: Record<string, string> = {};

function denied(): never {
  throw new DOMException('denied', 'SecurityError');
}

beforeEach(() => {
  stored.clear();
  delete dataset.theme;
  vi.stubGlobal('document', { documentElement: { dataset } });
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  });
});

test('who chose nothing has what the system has, and nothing in the browser', () => {
  showTheme();
  expect(currentTheme()).toBe('system');
  expect(dataset).toEqual({});
  expect([...stored]).toEqual([]);
});

test('a choice is shown at once and again after a reload', () => {
  setTheme('dark');
  expect(dataset).toEqual({ theme: 'dark' });
  expect(Object.fromEntries(stored)).toEqual({ 'mcmeet.theme': 'dark' });
  delete dataset.theme;
  showTheme();
  expect(dataset).toEqual({ theme: 'dark' });
});

test('back to the system leaves nothing behind', () => {
  setTheme('light');
  setTheme('system');
  expect(dataset).toEqual({});
  expect([...stored]).toEqual([]);
});

test('what is stored and no theme counts as none', () => {
  stored.set('mcmeet.theme', 'purple');
  expect(currentTheme()).toBe('system');
});

test('a browser that forbids storage obeys as long as the page is open', () => {
  vi.stubGlobal('localStorage', { getItem: denied, setItem: denied, removeItem: denied });
  setTheme('dark');
  expect(currentTheme()).toBe('dark');
  expect(dataset).toEqual({ theme: 'dark' });
  setTheme('system');
  expect(dataset).toEqual({});
});
