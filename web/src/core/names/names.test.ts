import { expect, test } from 'vitest';
import { NAME_MOST, nameRefusal } from '.';

// The same names as in server/tests/core/test_names.py.
test.each([
  '林晓',
  'Emma',
  '<b>林晓</b>',
  "O'Brien & Söhne",
  'a'.repeat(NAME_MOST),
  '𠮷'.repeat(NAME_MOST),
  '\u{31350}',
  '👩\u200d👩\u200d👧',
  'می\u200cخواهم',
  '\u3000 林 晓 \u00a0',
])('%j is a name', (name) => {
  expect(nameRefusal(name)).toBeNull();
});

test.each([
  ['', 'empty'],
  ['   \u3000\u00a0', 'empty'],
  ['\u200b\u200d\ufeff', 'empty'],
  ['\u3164\uffa0\u2800', 'empty'],
  ['\u0301', 'empty'],
  ['a'.repeat(NAME_MOST + 1), 'too_long'],
  ['林\n晓', 'characters'],
  ['林晓\r\n', 'characters'],
  ['林\u2028晓', 'characters'],
  ['林\u0000晓', 'characters'],
  ['林\t晓', 'characters'],
  ['gpj.\u202eexe', 'characters'],
  ['\u2066林晓', 'characters'],
  ['\ud800', 'characters'],
])('%j is refused: %s', (name, reason) => {
  expect(nameRefusal(name)).toMatchObject({ code: 'name_invalid', data: { reason } });
});
