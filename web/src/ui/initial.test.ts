import { expect, test } from 'vitest';
import { initialOf } from './initial';

test.each([
  ['林晓', '林'],
  ['emma', 'E'],
  [' (zoé)', 'Z'],
  ['<b>周航</b>', 'B'],
  ['👩‍👩‍👧 一家', '一'],
  ['👩‍👩‍👧', '👩‍👩‍👧'],
  ['e\u0301mile', 'E\u0301'],
  ['', ''],
])('the initial of %j is %j', (name, initial) => {
  expect(initialOf(name)).toBe(initial);
});
