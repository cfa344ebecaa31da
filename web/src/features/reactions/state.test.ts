import { describe, expect, test } from 'vitest';
import { casesOf, replayed, type Recording } from '@/core/live/recording';
import type { LiveEvent } from '@/core/live/protocol';
import { reactionsState } from './state';

const RECORDED = import.meta.glob<Recording[]>('./recorded/*.json', { eager: true, import: 'default' });
const shown: LiveEvent = { type: 'reactions.shown', at: '', by: 2, data: { seat: 2, reaction: 'clap' } };
const left: LiveEvent = { type: 'roster.left', at: '', by: 2, data: { seat: 2 } };
const clapping = reactionsState.apply({}, shown);

describe('reactions', () => {
  test('the recorded one is seen by everybody but who waits', () => {
    const seen = casesOf(RECORDED).map((recording) => [
      recording.viewer,
      replayed(recording, [reactionsState]).features.reactions,
    ]);
    const clap = { 3: { name: 'clap' } };
    expect(Object.fromEntries(seen)).toEqual({ 林晓: clap, 何静: clap, 周航: clap, Emma: clap, 王睿: {} });
  });

  test('the same one again is another object, so that it is shown again', () => {
    const again = reactionsState.apply(clapping, shown);
    expect(again).toEqual(clapping);
    expect(again[2]).not.toBe(clapping[2]);
  });

  test('who left takes theirs along, and a lost connection all', () => {
    expect(reactionsState.apply(clapping, left)).toEqual({});
    expect(reactionsState.cut?.(clapping)).toEqual({});
  });

  test('foreign events change nothing, not even the object', () => {
    expect(reactionsState.apply(clapping, { ...left, data: { seat: 3 } })).toBe(clapping);
    expect(reactionsState.apply(clapping, { ...left, type: 'meetings.ended' } as unknown as LiveEvent)).toBe(
      clapping,
    );
  });
});
