import { createMemoryHistory } from '@tanstack/react-router';
import { expect, test } from 'vitest';
import { takeMeetingStart } from './continuation';

test('a meeting that was asked for before signing in is started once', () => {
  const history = createMemoryHistory({ initialEntries: ['/'] });
  history.push('/app', { startsMeeting: true });
  expect(takeMeetingStart(history)).toBe(true);
  expect(takeMeetingStart(history)).toBe(false);
  expect(history.location.pathname).toBe('/app');
});

test.each(['/app', '/app?startsMeeting=true', '/app#startsMeeting=true'])(
  'no address starts one: %s',
  (address) => {
    const history = createMemoryHistory({ initialEntries: [address] });
    expect(takeMeetingStart(history)).toBe(false);
  },
);
