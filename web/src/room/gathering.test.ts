import { beforeEach, expect, test, vi } from 'vitest';
import type { RosterEntry } from '@/core/live/protocol';
import { gathering } from './gathering';

let said: string[] = [];
const say = (first: string, count: number) => said.push(`${first} ${count}`);
const person = (seat: number, name: string) => ({ seat, name }) as RosterEntry;
const [zhou, emma, wang] = [person(2, '周航'), person(3, 'Emma'), person(4, '王睿')];

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
});

test('who does the same within two seconds is said at once, and who comes later the next time', () => {
  const { add } = gathering(say);
  add(zhou);
  vi.advanceTimersByTime(1_000);
  for (const other of [emma, zhou]) add(other);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(said).toEqual(['周航 2']);
  add(wang);
  vi.advanceTimersByTime(2_000);
  expect(said).toEqual(['周航 2', '王睿 1']);
});

test('whoever has left the meeting hears no more of it', () => {
  const { add, end } = gathering(say);
  add(zhou);
  end();
  vi.advanceTimersByTime(2_000);
  expect(said).toEqual([]);
});
