import { expect, test } from 'vitest';
import { groupedNumber } from './meeting-number';

test('a meeting number is shown in groups of three', () => {
  expect(groupedNumber('351322626')).toBe('351 322 626');
});
