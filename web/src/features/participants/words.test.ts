import { expect, test } from 'vitest';
import type { TFunction } from 'i18next';
import { remarksOf } from './words';
import en from './en.json';
import zh from './zh.json';

type Words = Omit<typeof zh, 'count'>;

/** i18next with the words of one list. */
function speaking(words: Words) {
  const find = (key: string) =>
    key.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], words) as string;
  return ((key: string, values: Record<string, string> = {}) =>
    find(key).replace(
      /\{\{(\w+)\}\}/g,
      (_, name: string) => values[name] ?? '',
    )) as unknown as TFunction<'participants'>;
}

const lin = { role: 'host' } as const;
const zhou = { role: 'participant' } as const;

test('what stands behind a name is the role, then whether it is oneself', () => {
  const t = speaking(zh);
  expect(remarksOf(t, lin, true)).toBe('（主持人，我）');
  expect(remarksOf(t, lin, false)).toBe('（主持人）');
  expect(remarksOf(t, zhou, true)).toBe('（我）');
  expect(remarksOf(t, zhou, false)).toBe('');
  expect(remarksOf(speaking(en), lin, true)).toBe(' (Host, me)');
});
