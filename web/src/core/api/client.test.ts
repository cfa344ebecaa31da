import { describe, expect, test } from 'vitest';
import { retryAfter } from '../errors';
import { answer } from './client';

const refused = (error: unknown, headers: Record<string, string> = {}) =>
  answer(Promise.resolve({ error, response: new Response(null, { status: 429, headers }) })).catch(
    (thrown: unknown) => thrown,
  );

describe('how long to wait', () => {
  test('is what the server says in its answer', async () => {
    const error = { code: 'too_many_requests', data: { retry_after: 7 } };
    expect(retryAfter(await refused(error, { 'Retry-After': '7' }))).toBe(7);
  });

  test('is what a proxy says in its header, whatever its page looks like', async () => {
    expect(retryAfter(await refused('<h1>Too many</h1>', { 'Retry-After': '30' }))).toBe(30);
  });

  test('is not known when nobody says it in seconds', async () => {
    expect(retryAfter(await refused({}))).toBeUndefined();
    const date = { 'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT' };
    expect(retryAfter(await refused({}, date))).toBeUndefined();
  });
});
