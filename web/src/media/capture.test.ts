import { afterEach, describe, expect, test, vi } from 'vitest';
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
    expect(failureOf(new DOMException('', name))).toBe(why);
  });

  test('what no device answers is no failure of one', () => {
    expect(failureOf(new DOMException('', 'InvalidStateError'))).toBeUndefined();
  });

  test('a page without HTTPS has no devices to ask for', async () => {
    await expect(capture('camera', '', () => undefined)).rejects.toEqual(new CaptureFailed('insecure'));
  });

  test('a picked device is asked for exactly', () => {
    expect(constraintsFor('camera', 'front')).toMatchObject({ deviceId: { exact: 'front' } });
    expect(constraintsFor('camera')).not.toHaveProperty('deviceId');
  });
});

/** A browser whose only device is the system's. */
function asking(answer: () => object) {
  const asked: unknown[] = [];
  const getUserMedia = async ({ video }: { video: MediaTrackConstraints }) => {
    asked.push(video.deviceId);
    if (video.deviceId) throw new DOMException('', 'OverconstrainedError');
    const track = answer();
    return { getTracks: () => [track] };
  };
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } });
  const unplugged = vi.fn<() => void>();
  return { asked, unplugged, captured: capture('camera', 'front', unplugged) };
}

describe('a picked device that is gone', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('is replaced by the system’s, and that is told', async () => {
    const camera = {};
    const { asked, unplugged, captured } = asking(() => camera);
    await expect(captured).resolves.toBe(camera);
    expect(asked).toEqual([{ exact: 'front' }, undefined]);
    expect(unplugged).toHaveBeenCalledOnce();
  });

  test('and whose place nothing takes fails as the system’s does', async () => {
    const { captured } = asking(() => {
      throw new DOMException('', 'NotReadableError');
    });
    await expect(captured).rejects.toEqual(new CaptureFailed('busy'));
  });
});

describe('the level meter', () => {
  test('silence is 0, full scale is 1, −30 dBFS is the middle', () => {
    expect(loudness(new Float32Array(64))).toBe(0);
    expect(loudness(new Float32Array(64).fill(1))).toBe(1);
    expect(loudness(new Float32Array(64).fill(10 ** (-30 / 20)))).toBeCloseTo(0.5);
  });
});
