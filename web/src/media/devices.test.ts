import { afterEach, expect, test, vi } from 'vitest';
import { devices, refreshDevices, watchDevices } from './devices';

afterEach(() => vi.unstubAllGlobals());

/** The browser's devices, of which tests plug in more. */
class FakeDevices extends EventTarget {
  readonly found = [{ kind: 'audioinput', deviceId: 'm1', label: '内置麦克风' }];
  enumerateDevices = async () => this.found;
  plugIn(deviceId: string, label: string) {
    this.found.push({ kind: 'audioinput', deviceId, label });
    this.dispatchEvent(new Event('devicechange'));
  }
}

const shown = () => devices.getState().microphones.map(({ label }) => label);

test('a menu that closes leaves the other one its news of devices; after the last nobody listens', async () => {
  const mediaDevices = new FakeDevices();
  vi.stubGlobal('navigator', { mediaDevices });
  const [first, second] = [watchDevices(), watchDevices()];
  first();
  mediaDevices.plugIn('m2', '头戴式耳机');
  await vi.waitFor(() => expect(shown()).toEqual(['内置麦克风', '头戴式耳机']));
  second();
  mediaDevices.plugIn('m3', '领夹麦克风');
  await Promise.resolve();
  expect(shown()).toEqual(['内置麦克风', '头戴式耳机']);
});

test('what the browser lists twice, as the choice of the system, is listed once', async () => {
  const mediaDevices = new FakeDevices();
  vi.stubGlobal('navigator', { mediaDevices });
  mediaDevices.plugIn('default', '默认 - 内置麦克风');
  mediaDevices.plugIn('communications', '通讯 - 内置麦克风');
  await refreshDevices();
  expect(shown()).toEqual(['内置麦克风']);
});
