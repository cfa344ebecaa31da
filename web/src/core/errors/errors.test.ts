import i18next from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import { ApiError, errorText } from '.';
import en from '../i18n/en.json';
import zh from '../i18n/zh.json';

beforeAll(async () => {
  await i18next.init({
    resources: { zh: { core: zh }, en: { core: en } },
    interpolation: { escapeValue: false },
  });
});

test.each([
  ['zh', 40, '40秒钟'],
  ['zh', 60, '60秒钟'],
  ['zh', 90, '2分钟'],
  ['zh', 85_200, '24小时'],
  ['en', 1, '1 second'],
  ['en', 40, '40 seconds'],
])('in %s a wait of %i s is said as %s', async (language, seconds, words) => {
  await i18next.changeLanguage(language);
  expect(errorText(new ApiError('too_many_requests', 429, { retry_after: seconds }))).toContain(words);
});

test('a refusal that names no wait, and one with a reason, are said as before', async () => {
  await i18next.changeLanguage('zh');
  expect(errorText(new ApiError('too_many_requests', 429, {}))).toBe(zh.errors.too_many_requests);
  expect(errorText(new ApiError('name_invalid', 422, { reason: 'empty' }))).toBe(
    zh.reasons.name_invalid.empty,
  );
});
