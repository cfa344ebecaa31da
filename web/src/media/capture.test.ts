import { describe, expect, test } from 'vitest';
import { capture, CaptureFailed, constraintsFor, failureOf } from './capture';
import { loudness } from './level';

describe('what getUserMedia may answer', () => {
  test.each([
    ['NotAllowedError', 'denied'],
    ['SecurityError', 'denied'],
    ['NotReadableError', 'busy'],
    ['AbortError', 'busy'],
    ['NotFoundError', 'absent'],
    ['OverconstrainedError', 'absent'],
  ] as const)('%s means the device is %s', (name, why) => {
    expect(failureOf(name)).toBe(why);
  });

  test('a page without HTTPS has no devices to ask for', async () => {
    await expect(capture('camera')).rejects.toEqual(new CaptureFailed('insecure'));
  });

  test('a picked device is asked for exactly', () => {
    expect(constraintsFor('camera', 'front')).toMatchObject({ deviceId: { exact: 'front' } });
    expect(constraintsFor('camera')).not.toHaveProperty('deviceId');
  });
});

describe('the level meter', () => {
  test('silence is 0, full scale is 1, −30 dBFS is the middle', () => {
    expect(loudness(new Float32Array(64))).toBe(0);
    expect(loudness(new Float32Array(64).fill(1))).toBe(1);
    expect(loudness(new Float32Array(64).fill(10 ** (-30 / 20)))).toBeCloseTo(0.5);
  });
});
