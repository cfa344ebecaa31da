import i18next from 'i18next';
import { beforeEach, expect, test, vi } from 'vitest';
import { chunks, watchChunks } from '../chunks';
import type { Feature } from '../feature';
import { currentLanguage, loadWords, setLanguage, startI18n, type Namespace } from '.';

// i18next keeps what it has loaded from one test to the next: first what does not come, then what does.

const stored = new Map<string, string>();
const page = { documentElement: { lang: '' } };
let comes = true;
const window = new EventTarget();
watchChunks(window);

const isIncomplete = () => chunks.getState().isIncomplete;

const words = (text: string) => async () => {
  if (!comes) {
    const payload = new TypeError('Failed to fetch dynamically imported module');
    window.dispatchEvent(Object.assign(new Event('vite:preloadError'), { payload }));
    throw payload;
  }
  return { default: { hello: text } };
};
const greetings = 'greetings' as Namespace;
const feature = { name: greetings, strings: { zh: words('你好'), en: words('Hello') } } as unknown as Feature;

function greeting(): string {
  return i18next.getResource(currentLanguage(), greetings, 'hello') as string;
}

beforeEach(async () => {
  comes = true;
  stored.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  vi.stubGlobal('navigator', { languages: ['zh-CN'] });
  vi.stubGlobal('document', page);
  await startI18n([feature]);
  await loadWords(greetings)();
});

test('a language whose words do not come is neither spoken nor stored, and the page is incomplete until they do', async () => {
  comes = false;
  await setLanguage('en');
  expect(greeting()).toBe('你好');
  expect([currentLanguage(), [...stored.values()]]).toEqual(['zh', []]);
  expect(isIncomplete()).toBe(true);
  comes = true;
  window.dispatchEvent(new Event('online'));
  await expect.poll(isIncomplete).toBe(false);
  await setLanguage('en');
  expect(greeting()).toBe('Hello');
});

test('words that did not come are asked for again when they are wanted again', async () => {
  const late = 'late' as Namespace;
  let comes = false;
  const load = async () => {
    if (comes) return { default: { hello: '你好' } };
    throw new TypeError('Failed to fetch dynamically imported module');
  };
  await startI18n([{ name: late, strings: { zh: load, en: load } } as unknown as Feature]);
  await expect(loadWords(late)()).rejects.toThrow('No words of late');
  comes = true;
  await loadWords(late)();
  expect(i18next.getResource('zh', late, 'hello')).toBe('你好');
});

test('a language that is picked is spoken, and stored', async () => {
  await setLanguage('en');
  expect(greeting()).toBe('Hello');
  expect([currentLanguage(), page.documentElement.lang, [...stored.values()]]).toEqual(['en', 'en', ['en']]);
});

test('a browser that forbids storage shows the page all the same', async () => {
  vi.stubGlobal('localStorage', {
    getItem() {
      throw new DOMException('denied', 'SecurityError');
    },
    setItem() {
      throw new DOMException('denied', 'SecurityError');
    },
  });
  await startI18n([feature]);
  await setLanguage('en');
  expect(currentLanguage()).toBe('en');
});
