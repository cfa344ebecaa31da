import { describe, expect, test } from 'vitest';
import type { LiveEvent } from '@/core/live/protocol';
import { casesOf, replayed, seen, type Recording } from '@/core/live/recording';
import { handsState } from './state';

const RECORDED = import.meta.glob<Recording[]>('./recorded/*.json', { eager: true, import: 'default' });
const cases = casesOf(RECORDED);
const event = (type: string, data: object) => ({ type, at: '', by: null, data }) as LiveEvent;

describe('hands', () => {
  test('of every step are recorded', () => {
    expect(cases.length).toBeGreaterThan(20);
  });

  test.each(cases)('$name, seen by $viewer: before + events = after', (recording) => {
    const after = seen(recording.after, [handsState]).features.hands;
    expect(replayed(recording, [handsState]).features.hands).toEqual(after);
  });

  test('are told whole: what was said last is so', () => {
    expect(handsState.apply([3, 2], event('hands.changed', { raised: [2, 4] }))).toEqual([2, 4]);
  });

  test('foreign events change nothing, not even the object', () => {
    const raised = [2];
    expect(handsState.apply(raised, event('meetings.ended', {}))).toBe(raised);
  });
});
