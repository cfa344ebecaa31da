import { describe, expect, test } from 'vitest';
import { chooseLanguage } from './language';

type Words = { [key: string]: string | Words };

const LISTS = import.meta.glob<Words>('/src/**/{zh,en}.json', { eager: true, import: 'default' });
const SOURCES = import.meta.glob<string>('/src/**/*.{ts,tsx}', {
  eager: true,
  import: 'default',
  query: '?raw',
});

const CHINESE = Object.keys(LISTS).filter((path) => path.endsWith('/zh.json'));
const HAN = '\\p{Script=Han}';

function flat(words: Words, prefix = ''): Map<string, string> {
  const entries = Object.entries(words).flatMap(
    ([key, value]): Array<[string, string]> =>
      typeof value === 'string' ? [[prefix + key, value]] : [...flat(value, `${prefix}${key}.`)],
  );
  return new Map(entries);
}

function list(path: string): Map<string, string> {
  return flat(LISTS[path] ?? {});
}

/** `minutes_one` and `minutes_other` are one key: Chinese has no plural. */
function keys(words: Map<string, string>): string[] {
  return [...new Set([...words.keys()].map((key) => key.replace(/_(one|other)$/, '')))].toSorted();
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1] ?? '').toSorted();
}

test('every feature has a Chinese and an English list', () => {
  expect(CHINESE.length).toBeGreaterThan(3);
  for (const path of CHINESE) expect(LISTS).toHaveProperty([path.replace('zh.json', 'en.json')]);
});

describe.each(CHINESE)('%s', (path) => {
  const zh = list(path);
  const en = list(path.replace('zh.json', 'en.json'));

  test('has the keys of its English list', () => {
    expect(keys(zh)).toEqual(keys(en));
  });

  test('fills in the same values in both languages', () => {
    for (const [key, text] of en) {
      const chinese = zh.get(key) ?? zh.get(key.replace(/_(one|other)$/, '')) ?? '';
      expect([key, placeholders(chinese)]).toEqual([key, placeholders(text)]);
    }
  });

  test('writes full-width punctuation between Chinese characters', () => {
    const halfWidth = new RegExp(`${HAN}\\s*[,:;?!()]\\s*${HAN}|${HAN}[,:;?!.]$`, 'u');
    expect([...zh].filter(([, text]) => halfWidth.test(text))).toEqual([]);
  });

  test('says 您, never 你, and 账号, never 帐号', () => {
    expect([...zh].filter(([, text]) => /你|帐号/.test(text))).toEqual([]);
  });

  test('calls what a person is called 姓名, as the policy does', () => {
    expect([...zh].filter(([, text]) => /名字|名称|昵称/.test(text))).toEqual([]);
  });

  test('has no Chinese left in its English list, but the name of the language', () => {
    const left = [...en].filter(
      ([key, text]) => new RegExp(HAN, 'u').test(text) && !/^languages(_short)?\.zh$/.test(key),
    );
    expect(left).toEqual([]);
  });
});

test('components take their words from the lists', () => {
  const withWords = Object.entries(SOURCES)
    .filter(([path]) => path.endsWith('.tsx'))
    .filter(([, source]) => new RegExp(HAN, 'u').test(withoutComments(source)));
  expect(withWords.map(([path]) => path)).toEqual([]);
});

/** `prejoin.state.${word}` may say whatever begins so. */
const SAID = Object.entries(SOURCES)
  .filter(([path]) => !/\.test\.|\.d\.ts$/.test(path))
  .flatMap(([, source]) => [...withoutComments(source).matchAll(/'([^'\n]*)'|`([^`]*)`/g)])
  .map(([, plain, template = '']) => (plain ?? template).replace(/^\w+:/, ''));
const WHOLE = new Set(SAID);
const BEGINNINGS = SAID.flatMap((said) => /^([\w.]+[._])\$\{/.exec(said)?.[1] ?? []);

test('every word is said somewhere', () => {
  const silent = CHINESE.flatMap((path) => keys(list(path)).map((key) => [path, key] as const)).filter(
    ([, key]) => !WHOLE.has(key) && !BEGINNINGS.some((beginning) => key.startsWith(beginning)),
  );
  expect(silent).toEqual([]);
});

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

test('the picked language wins, then the browser, then Chinese', () => {
  expect(chooseLanguage('en', ['zh-CN'])).toBe('en');
  expect(chooseLanguage(null, ['fr', 'en-GB', 'zh'])).toBe('en');
  expect(chooseLanguage(null, ['zh-Hant-TW', 'en'])).toBe('zh');
  expect(chooseLanguage(null, ['fr'])).toBe('zh');
  expect(chooseLanguage('xx', [])).toBe('zh');
});
