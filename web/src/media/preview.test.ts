import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Preview } from './preview';

/** A device track as a browser gives it; `isOpen` is its light. */
class FakeTrack extends EventTarget {
  isOpen = true;
  constructor(readonly kind: 'audio' | 'video') {
    super();
  }
  stop(): void {
    this.isOpen = false;
  }
}

const NO_CHOICE = { camera: '', microphone: '', speaker: '' };

interface Prompt {
  device: string | undefined;
  allow(): FakeTrack[];
  refuse(name?: string): void;
}

let prompts: Prompt[] = [];
let opened: FakeTrack[] = [];
let contexts: Array<{ state: string }> = [];
let refusedToClose = 0;

function stream(tracks: FakeTrack[]) {
  const of = (kind: string) => tracks.filter((track) => track.kind === kind);
  return { getTracks: () => tracks, getAudioTracks: () => of('audio'), getVideoTracks: () => of('video') };
}

function getUserMedia({ audio, video }: MediaStreamConstraints): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { deviceId } = (video || audio) as { deviceId?: { exact: string } };
    prompts.push({
      device: deviceId?.exact,
      allow() {
        const tracks = [
          ...(audio ? [new FakeTrack('audio')] : []),
          ...(video ? [new FakeTrack('video')] : []),
        ];
        opened.push(...tracks);
        resolve(stream(tracks));
        return tracks;
      },
      refuse: (name = 'NotAllowedError') => reject(new DOMException('', name)),
    });
  });
}

class FakeContext {
  state = 'running';
  constructor() {
    contexts.push(this);
  }
  createAnalyser() {
    return { fftSize: 0, getFloatTimeDomainData: () => undefined };
  }
  createMediaStreamSource() {
    return { connect: () => undefined };
  }
  async close(): Promise<void> {
    if (this.state === 'closed') {
      refusedToClose += 1;
      throw new DOMException('Cannot close a closed AudioContext.');
    }
    this.state = 'closed';
  }
}

const openTracks = () => opened.filter(({ isOpen }) => isOpen);
const settled = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  [prompts, opened, contexts, refusedToClose] = [[], [], [], 0];
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia, enumerateDevices: async () => [] } });
  vi.stubGlobal('AudioContext', FakeContext);
  vi.stubGlobal('MediaStream', Set);
});
afterEach(() => vi.unstubAllGlobals());

test('a click while a prompt is open takes the wish back, and what is allowed then is closed at once', async () => {
  const preview = new Preview();
  const started = preview.start();
  await preview.toggle('camera');
  expect(prompts).toHaveLength(1);
  expect(preview.store.getState().camera.state).toBe('off');
  prompts[0]?.allow();
  await started;
  expect(openTracks().map(({ kind }) => kind)).toEqual(['audio']);
  const { camera, microphone } = preview.store.getState();
  expect([camera.state, microphone.state]).toEqual(['off', 'on']);
});

test('clicks during the permission prompt leave one camera and one microphone open', async () => {
  const preview = new Preview();
  const started = preview.start();
  const twice = ['camera', 'microphone', 'camera', 'microphone'] as const;
  const clicked = twice.map((kind) => preview.toggle(kind));
  for (const prompt of prompts) prompt.allow();
  await Promise.all([started, ...clicked]);
  expect(
    openTracks()
      .map(({ kind }) => kind)
      .toSorted(),
  ).toEqual(['audio', 'video']);
  expect(contexts.filter(({ state }) => state === 'running')).toHaveLength(1);
  preview.stop();
  expect(openTracks()).toEqual([]);
  expect(contexts.filter(({ state }) => state === 'running')).toEqual([]);
});

test('the answer to an older prompt neither opens a device nor says that it is forbidden', async () => {
  const preview = new Preview();
  const older = preview.toggle('camera');
  await preview.toggle('camera');
  const newer = preview.toggle('camera');
  prompts[1]?.allow();
  await newer;
  prompts[0]?.refuse();
  await older;
  expect(preview.store.getState().camera.state).toBe('on');
});

test('only what is wanted is asked for', async () => {
  const preview = new Preview();
  const started = preview.start({ camera: true, microphone: false, devices: NO_CHOICE });
  for (const prompt of prompts) prompt.allow();
  await started;
  expect(openTracks().map(({ kind }) => kind)).toEqual(['video']);
  const { camera, microphone } = preview.store.getState();
  expect([camera.state, microphone.state]).toEqual(['on', 'off']);
});

test('a device that is allowed after the page was left is closed at once', async () => {
  const preview = new Preview();
  const started = preview.start();
  preview.stop();
  prompts[0]?.allow();
  await started;
  expect(openTracks()).toEqual([]);
});

test('another camera picked while the first one opens is the one that stays', async () => {
  const preview = new Preview();
  const older = preview.toggle('camera');
  const picked = preview.pick('camera', 'front');
  for (const prompt of prompts) prompt.allow();
  await Promise.all([older, picked]);
  expect(openTracks()).toEqual([opened[1]]);
});

test('a meter whose context the browser has closed already stops without an error', async () => {
  const preview = new Preview();
  const started = preview.start();
  prompts[0]?.allow();
  await started;
  for (const context of contexts) context.state = 'closed';
  preview.stop();
  await settled();
  expect(refusedToClose).toBe(0);
});

test('the meeting is told which devices were picked', async () => {
  const preview = new Preview();
  await preview.pick('camera', 'front');
  preview.pickSpeaker('desk');
  expect(preview.handOver()).toEqual({
    camera: null,
    microphone: null,
    devices: { camera: 'front', microphone: '', speaker: 'desk' },
    wanted: { camera: false, microphone: false },
  });
});

test('the meeting is told what is on, and what is wanted and still opens', async () => {
  const preview = new Preview();
  const opened = preview.toggle('microphone');
  prompts[0]?.allow();
  await opened;
  void preview.toggle('camera');
  const { camera, microphone, wanted } = preview.handOver();
  expect([camera, microphone]).toEqual([null, openTracks()[0]]);
  expect(wanted).toEqual({ camera: true, microphone: true });
});

test('a device that was refused is not wanted in the meeting', async () => {
  const preview = new Preview();
  const refused = preview.toggle('camera');
  prompts[0]?.refuse();
  await refused;
  expect(preview.handOver().wanted.camera).toBe(false);
});

test('another device picked after a failure is opened; one picked while it is off is not', async () => {
  const preview = new Preview();
  await preview.pick('microphone', 'headset');
  expect(prompts).toEqual([]);
  const refused = preview.toggle('camera');
  prompts[0]?.refuse();
  await refused;
  const picked = preview.pick('camera', 'front');
  prompts[1]?.allow();
  await picked;
  expect(preview.store.getState().camera).toMatchObject({ state: 'on', device: 'front' });
});

test('whoever comes back begins with the devices that they had picked', async () => {
  const preview = new Preview();
  const devices = { camera: 'front', microphone: '', speaker: 'desk' };
  const started = preview.start({ camera: true, microphone: true, devices });
  expect(prompts.map(({ device }) => device)).toEqual(['front']);
  prompts[0]?.allow();
  await started;
  expect(preview.handOver().devices).toEqual(devices);
});

async function opening() {
  const preview = new Preview();
  await preview.pick('camera', 'front');
  const opened = preview.toggle('camera');
  prompts[0]?.refuse('OverconstrainedError');
  await settled();
  expect(prompts.map(({ device }) => device)).toEqual(['front', undefined]);
  return { preview, opened, camera: () => preview.store.getState().camera };
}

describe('a picked camera that is gone', () => {
  test('is replaced by the system’s, which is said until another one is picked', async () => {
    const { preview, opened, camera } = await opening();
    prompts[1]?.allow();
    await opened;
    expect(camera()).toMatchObject({ state: 'on', device: '', isReplaced: true });
    const picked = preview.pick('camera', 'back');
    prompts[2]?.allow();
    await picked;
    expect(camera()).toMatchObject({ state: 'on', device: 'back', isReplaced: false });
  });

  test('and is not replaced is the failure alone', async () => {
    const { opened, camera } = await opening();
    prompts[1]?.refuse('NotFoundError');
    await opened;
    expect(camera()).toMatchObject({ state: 'absent', isReplaced: false });
  });
});

test('what the seat that is taken over has off goes off, but for what was switched here by hand', async () => {
  const preview = new Preview();
  const started = preview.start({ camera: false });
  prompts[0]?.allow();
  await started;
  const switched = preview.toggle('camera');
  prompts[1]?.allow();
  await switched;
  preview.follow([]);
  expect(preview.handOver().wanted).toEqual({ camera: true, microphone: false });
  expect(openTracks().map(({ kind }) => kind)).toEqual(['video']);
});
