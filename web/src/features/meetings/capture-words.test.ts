import { expect, test } from 'vitest';
import { failures } from './capture-words';

test('one sentence says what both devices lack', () => {
  expect(failures('denied', 'denied')).toEqual(['both.denied']);
  expect(failures('insecure', 'insecure')).toEqual(['both.insecure']);
});

test('devices that fail for reasons of their own get a sentence each', () => {
  expect(failures('busy', 'absent')).toEqual(['camera.busy', 'microphone.absent']);
  expect(failures('on', 'denied')).toEqual(['microphone.denied']);
});

test('what works, starts or was switched off is no failure', () => {
  expect(failures('on', 'starting')).toEqual([]);
  expect(failures('off', 'off')).toEqual([]);
});
