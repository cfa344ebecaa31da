import { expect, test } from 'vitest';
import { deviceChoices, readChoice } from './devices';

const FOUND = {
  microphones: [
    { id: 'm1', label: 'Built-in' },
    { id: 'm2', label: 'Headset' },
  ],
  cameras: [{ id: 'c1', label: 'Webcam' }],
  speakers: [],
};
const NOTHING_CHOSEN = { microphone: '', camera: '', speaker: '' };

test('each kind that is there has a list; the system comes first and once', () => {
  const choices = deviceChoices(['microphone', 'speaker'], FOUND, NOTHING_CHOSEN, '系统默认');
  expect(choices).toEqual([
    {
      kind: 'microphone',
      selected: 'microphone/',
      items: [
        { id: 'microphone/', label: '系统默认' },
        { id: 'microphone/m1', label: 'Built-in' },
        { id: 'microphone/m2', label: 'Headset' },
      ],
    },
  ]);
});

test('a device that was chosen and is gone is not shown as chosen', () => {
  const gone = { ...NOTHING_CHOSEN, camera: 'c2' };
  expect(deviceChoices(['camera'], FOUND, gone, '系统默认')[0]?.selected).toBe('camera/');
  expect(deviceChoices(['camera'], FOUND, { ...gone, camera: 'c1' }, '系统默认')[0]?.selected).toBe(
    'camera/c1',
  );
});

test('a choice is read back, whatever characters the browser gives its devices', () => {
  expect(readChoice('microphone/')).toEqual({ kind: 'microphone', device: '' });
  expect(readChoice('camera/a/b+c=')).toEqual({ kind: 'camera', device: 'a/b+c=' });
});
