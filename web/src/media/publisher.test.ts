import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Room } from 'livekit-client';
import { constraintsFor } from './capture';
import { Publisher } from './publisher';
import { NO_MEDIA, type MediaView } from './view';

vi.mock('livekit-client', () => {
  class LocalTrack {
    isMuted = false;
    constructor(
      readonly mediaStreamTrack: { stop(): void },
      readonly constraints: object,
    ) {}
    async mute() {
      this.isMuted = true;
    }
    async unmute() {
      this.isMuted = false;
    }
  }
  return {
    LocalAudioTrack: LocalTrack,
    LocalVideoTrack: LocalTrack,
    RoomEvent: { LocalTrackUnpublished: 'unpublished' },
    Track: {
      Source: {
        Microphone: 'microphone',
        Camera: 'camera',
        ScreenShare: 'screen_share',
        ScreenShareAudio: 'screen_share_audio',
      },
    },
  };
});

interface Publication {
  track: { mediaStreamTrack: MediaStreamTrack; isMuted: boolean; constraints: MediaTrackConstraints };
  readonly isMuted: boolean;
}

/** A device track; `isOpen` is the device's light. */
class Device {
  isOpen = true;
  constructor(readonly kind: string) {}
  stop(): void {
    this.isOpen = false;
  }
  get readyState() {
    return this.isOpen ? 'live' : 'ended';
  }
}

/** The SDK's room: it publishes nothing before it is connected. */
class FakeRoom {
  trackPublications = new Map<string, Publication>();
  connected: () => void = () => undefined;
  private readonly isUp = new Promise<void>((resolve) => (this.connected = resolve));
  screen: Array<{ mediaStreamTrack: Device; source: string }> = [];
  takesBack: (publication: { source: string; track?: { mediaStreamTrack: Device } }) => void = () =>
    undefined;
  on = (event: string | undefined, listener: FakeRoom['takesBack']) => {
    if (event === 'unpublished') this.takesBack = listener;
    return this;
  };
  localParticipant = {
    trackPublications: this.trackPublications,
    getTrackPublication: (source: string) => this.trackPublications.get(source),
    createScreenTracks: async () => this.screen,
    publishTrack: async (
      track: Publication['track'] & { source?: string },
      { source = track.source as string }: { source?: string },
    ) => {
      await this.isUp;
      this.trackPublications.set(source, {
        track,
        get isMuted() {
          return track.isMuted;
        },
      });
    },
    unpublishTrack: async (track: Publication['track']) => {
      track.mediaStreamTrack.stop();
      for (const [source, known] of this.trackPublications) {
        if (known.track === track) this.trackPublications.delete(source);
      }
    },
  };
}

let asked: Array<{ device: string; allow(): Device }> = [];
let opened: Device[] = [];

beforeEach(() => {
  [asked, opened] = [[], []];
  const getUserMedia = ({ audio, video }: MediaStreamConstraints) =>
    new Promise((resolve) => {
      const { deviceId } = (audio || video) as { deviceId?: { exact: string } };
      asked.push({
        device: deviceId?.exact ?? '',
        allow() {
          const device = new Device(audio ? 'audio' : 'video');
          opened.push(device);
          resolve({ getTracks: () => [device] });
          return device;
        },
      });
    });
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } });
});

function publishing() {
  const room = new FakeRoom();
  let view: MediaView = NO_MEDIA;
  const publisher = new Publisher(
    room as unknown as Room,
    (change) => (view = { ...view, ...(typeof change === 'function' ? change(view) : change) }),
    { microphone: 'headset', camera: '' },
  );
  return { room, publisher, own: () => view.own, failure: () => view.failure };
}

const openDevices = () => opened.filter(({ isOpen }) => isOpen);

describe('switching quicker than the device or the connection', () => {
  test('off during the permission prompt stays off, and the device is closed', async () => {
    const { room, publisher, own } = publishing();
    room.connected();
    const on = publisher.turnOn('camera');
    await Promise.resolve();
    const off = publisher.turnOff('camera');
    asked[0]?.allow();
    await Promise.all([on, off]);
    expect(own().camera).toBe('off');
    expect(openDevices()).toEqual([]);
    expect(room.trackPublications.size).toBe(0);
  });

  test('on, off and on again opens one device', async () => {
    const { room, publisher, own } = publishing();
    room.connected();
    const clicks = [publisher.turnOn('camera'), publisher.turnOff('camera'), publisher.turnOn('camera')];
    await Promise.resolve();
    for (const prompt of asked) prompt.allow();
    await Promise.all(clicks);
    expect(own().camera).toBe('on');
    expect(openDevices()).toHaveLength(1);
  });

  test.each(['microphone', 'camera'] as const)(
    'a %s switched off before the connection is closed at once, and nothing of it is published',
    async (kind) => {
      const { room, publisher, own } = publishing();
      const device = new Device(kind);
      const published = publisher.publish(kind, device as unknown as MediaStreamTrack);
      const off = publisher.turnOff(kind);
      expect(device.isOpen).toBe(false);
      room.connected();
      await Promise.all([published, off]);
      expect(own()[kind]).toBe('off');
      expect(room.trackPublications.size).toBe(0);
    },
  );

  test('a camera switched off and on before the connection is opened anew', async () => {
    const { room, publisher, own } = publishing();
    const first = new Device('video') as unknown as MediaStreamTrack;
    const clicks = [
      publisher.publish('camera', first),
      publisher.turnOff('camera'),
      publisher.turnOn('camera'),
    ];
    room.connected();
    await vi.waitUntil(() => asked.length > 0);
    const second = asked[0]?.allow();
    await Promise.all(clicks);
    expect(own().camera).toBe('on');
    expect(room.trackPublications.get('camera')?.track.mediaStreamTrack).toBe(second);
  });
});

describe('giving devices back', () => {
  test('leaving closes a device whose track still waits for the connection', () => {
    const { publisher } = publishing();
    const device = new Device('audio');
    void publisher.publish('microphone', device as unknown as MediaStreamTrack);
    publisher.stopAll();
    expect(device.isOpen).toBe(false);
  });

  test('leaving closes a device that is allowed afterwards', async () => {
    const { publisher } = publishing();
    const on = publisher.turnOn('camera');
    await Promise.resolve();
    publisher.stopAll();
    asked[0]?.allow();
    await on;
    expect(openDevices()).toEqual([]);
  });

  test('a source that a host withdraws is closed at once, connected or not', async () => {
    const { room, publisher } = publishing();
    const device = new Device('audio');
    void publisher.publish('microphone', device as unknown as MediaStreamTrack);
    const withdrawn = publisher.withdraw('microphone');
    expect(device.isOpen).toBe(false);
    room.connected();
    await withdrawn;
    expect(room.trackPublications.size).toBe(0);
  });
});

test('the chosen device is the one that is asked for', async () => {
  const { publisher } = publishing();
  void publisher.turnOn('microphone');
  await Promise.resolve();
  expect(asked.map(({ device }) => device)).toEqual(['headset']);
});

test('the chosen device is the one that the SDK opens again, and each track has constraints of its own', async () => {
  const { room, publisher } = publishing();
  room.connected();
  for (const kind of ['microphone', 'camera'] as const)
    await publisher.publish(kind, new Device(kind) as unknown as MediaStreamTrack);
  const { constraints } = room.trackPublications.get('microphone')?.track ?? {};
  expect(constraints?.deviceId).toEqual({ exact: 'headset' });
  const camera = room.trackPublications.get('camera')?.track.constraints as MediaTrackConstraints;
  expect(camera).not.toHaveProperty('deviceId');
  camera.deviceId = 'usb'; // as the SDK does
  expect(constraintsFor('camera')).not.toHaveProperty('deviceId');
});

async function sharing() {
  const { room, publisher, own } = publishing();
  const screen = { mediaStreamTrack: new Device('video'), source: 'screen_share' };
  const sound = { mediaStreamTrack: new Device('audio'), source: 'screen_share_audio' };
  room.screen = [screen, sound];
  room.connected();
  await publisher.shareScreen();
  return { room, own, screen, sound };
}

describe('a screen that is not shared', () => {
  test.each([
    ['closed the chooser', 'NotAllowedError', 'Permission denied', null],
    ['closed it in another browser', 'NotAllowedError', '', null],
    ['has a system that forbids it', 'NotAllowedError', 'Permission denied by system', 'denied'],
    ['has a system that cannot', 'NotReadableError', 'Could not start video source', 'busy'],
  ])('to somebody who %s', async (_, name, message, why) => {
    const { room, publisher, own, failure } = publishing();
    room.localParticipant.createScreenTracks = () => Promise.reject(new DOMException(message, name));
    await publisher.shareScreen();
    expect(own().screen_share).toBe('off');
    expect(failure()).toEqual(why && { kind: 'screen_share', why });
  });
});

describe('a share that the SDK takes back', () => {
  test('to publish it anew goes on', async () => {
    const { room, screen, sound } = await sharing();
    room.takesBack({ source: 'screen_share', track: screen });
    expect([screen, sound].map(({ mediaStreamTrack }) => mediaStreamTrack.isOpen)).toEqual([true, true]);
  });

  test('because its picture has ended takes its sound along', async () => {
    const { room, screen, sound, own } = await sharing();
    screen.mediaStreamTrack.stop();
    room.takesBack({ source: 'screen_share', track: screen });
    expect(sound.mediaStreamTrack.isOpen).toBe(false);
    expect(own().screen_share).toBe('off');
  });
});

test('a track that the SDK takes back is off, but not before it can say that the room itself is gone', async () => {
  const { room, publisher, own } = publishing();
  room.connected();
  await publisher.publish('camera', new Device('video') as unknown as MediaStreamTrack);
  room.takesBack({ source: 'camera' });
  expect(own().camera).toBe('on');
  await Promise.resolve();
  expect(own().camera).toBe('off');
});
