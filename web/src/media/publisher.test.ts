import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Room } from 'livekit-client';
import { constraintsFor } from './capture';
import { devices } from './devices';
import { Publisher } from './publisher';
import { NO_MEDIA, type MediaView } from './view';

vi.mock('livekit-client', () => {
  class LocalTrack {
    isMuted = false;
    private readonly listeners: Array<[string, () => void]> = [];
    constructor(
      readonly mediaStreamTrack: { stop(): void },
      readonly constraints: { deviceId?: unknown },
    ) {}
    on(event: string, listener: () => void) {
      this.listeners.push([event, listener]);
    }
    emit(event: string) {
      for (const [name, listener] of this.listeners) if (name === event) listener();
    }
    async setDeviceId(device: unknown) {
      this.constraints.deviceId = device;
    }
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
    TrackEvent: { Ended: 'ended', Restarted: 'restarted' },
    RoomEvent: { LocalTrackUnpublished: 'unpublished', TrackMuted: 'muted' },
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
  track: {
    mediaStreamTrack: MediaStreamTrack;
    isMuted: boolean;
    constraints: MediaTrackConstraints;
    emit(event: string): void;
    setDeviceId(device: unknown): Promise<void>;
    unmute(): Promise<void>;
  };
  readonly isMuted: boolean;
}

/** A device track; `isOpen` is the device's light. */
class Device {
  isOpen = true;
  constructor(
    readonly kind: string,
    readonly label = 'Built-in',
    readonly deviceId = '',
  ) {}
  getSettings() {
    return { deviceId: this.deviceId };
  }
  stop(): void {
    this.isOpen = false;
  }
  clone() {
    this.copy = new Device(this.kind);
    return this.copy;
  }
  copy: Device | null = null;
  get readyState() {
    return this.isOpen ? 'live' : 'ended';
  }
}

class Gate {
  open: () => void = () => undefined;
  readonly passed = new Promise<void>((resolve) => (this.open = resolve));
}

/** The SDK's room: it publishes nothing before it is connected. */
class FakeRoom {
  trackPublications = new Map<string, Publication>();
  connected: () => void = () => undefined;
  private readonly isUp = new Promise<void>((resolve) => (this.connected = resolve));
  screen: Array<{ mediaStreamTrack: Device; source: string }> = [];
  takesBack: (publication: { source: string; track?: { mediaStreamTrack: Device } }) => void = () =>
    undefined;
  private mutes: (publication: { source: string }, participant: { isLocal: boolean }) => void = () =>
    undefined;
  on = (event: string | undefined, listener: FakeRoom['takesBack'] & FakeRoom['mutes']) => {
    if (event === 'unpublished') this.takesBack = listener;
    if (event === 'muted') this.mutes = listener;
    return this;
  };
  /** It could not open the device again. */
  async givesUp(source: string) {
    const track = this.trackPublications.get(source)?.track;
    if (track) track.isMuted = true;
    this.mutes({ source }, { isLocal: true });
    await settled();
  }
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

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** What the browser lists and allows. */
let listed: Array<{ kind: string; label: string }> = [];
let permission: { state: string; onchange: (() => void) | null };

let asked: Array<{ device: string; allow(): Device; refuse(name: string): void }> = [];
let opened: Device[] = [];

beforeEach(() => {
  [asked, opened] = [[], []];
  listed = [
    { kind: 'audioinput', label: 'Headset' },
    { kind: 'videoinput', label: 'Webcam' },
  ];
  permission = { state: 'granted', onchange: null };
  const getUserMedia = ({ audio, video }: MediaStreamConstraints) =>
    new Promise((resolve, reject) => {
      const { deviceId } = (audio || video) as { deviceId?: { exact: string } };
      asked.push({
        device: deviceId?.exact ?? '',
        allow() {
          const device = new Device(audio ? 'audio' : 'video');
          opened.push(device);
          resolve({ getTracks: () => [device] });
          return device;
        },
        refuse: (name) => reject(new DOMException('', name)),
      });
    });
  vi.stubGlobal('navigator', {
    mediaDevices: { getUserMedia, enumerateDevices: async () => listed },
    permissions: { query: async () => permission },
  });
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

test('once a device was allowed in the meeting, the devices have names to be chosen by', async () => {
  const { room, publisher } = publishing();
  room.connected();
  const on = publisher.turnOn('camera');
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  asked[0]?.allow();
  await on;
  await vi.waitFor(() => expect(devices.getState().cameras.map(({ label }) => label)).toEqual(['Webcam']));
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
  return { room, publisher, own, screen, sound };
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
    await Promise.resolve();
    expect(sound.mediaStreamTrack.isOpen).toBe(false);
    expect(own().screen_share).toBe('off');
  });

  test('because the room is gone is handed over to the next one, as it is captured still', async () => {
    const { room, publisher, screen, sound } = await sharing();
    const copies = [screen, sound].map(({ mediaStreamTrack }) => mediaStreamTrack.copy);
    screen.mediaStreamTrack.stop();
    room.takesBack({ source: 'screen_share', track: screen });
    expect(publisher.handOverShare()).toEqual(copies);
    publisher.stopAll();
    await settled();
    expect([sound.mediaStreamTrack.isOpen, ...copies.map((copy) => copy?.isOpen)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('is not handed over once the person has ended it, and none of it is captured any more', async () => {
    const { publisher, screen, sound } = await sharing();
    await publisher.withdraw('screen_share');
    expect(publisher.handOverShare()).toEqual([]);
    for (const { mediaStreamTrack } of [screen, sound])
      expect([mediaStreamTrack.isOpen, mediaStreamTrack.copy?.isOpen]).toEqual([false, false]);
  });
});

test('what is open and cannot be sent is off, and is not said to be missing', async () => {
  const { room, publisher, own, failure } = publishing();
  room.localParticipant.publishTrack = () => Promise.reject(new Error('publishing rejected'));
  const on = publisher.turnOn('camera');
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  asked[0]?.allow();
  await on;
  expect(openDevices()).toEqual([]);
  expect([own().camera, failure()]).toEqual(['off', { kind: 'camera', why: 'not_sent' }]);
  room.screen = [{ mediaStreamTrack: new Device('video'), source: 'screen_share' }];
  await publisher.shareScreen();
  expect(failure()).toEqual({ kind: 'screen_share', why: 'not_sent' });
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

async function speaking() {
  const made = publishing();
  made.room.connected();
  const device = new Device('audio', 'Headset', 'headset');
  await made.publisher.publish('microphone', device as unknown as MediaStreamTrack);
  const track = made.room.trackPublications.get('microphone')?.track;
  if (track === undefined) throw new Error('not published');
  return { ...made, track };
}

describe('another device', () => {
  test('takes over while the microphone is on, and the system chooses again when it may', async () => {
    const { publisher, track } = await speaking();
    await publisher.pickDevice('microphone', 'desk');
    expect(track.constraints.deviceId).toEqual({ exact: 'desk' });
    await publisher.pickDevice('microphone', '');
    expect(track.constraints.deviceId).toBe('');
  });

  test('is opened when the source goes on, where it was chosen while off', async () => {
    const { room, publisher } = publishing();
    room.connected();
    await publisher.pickDevice('camera', 'webcam');
    const on = publisher.turnOn('camera');
    await vi.waitFor(() => expect(asked.map(({ device }) => device)).toEqual(['webcam']));
    asked[0]?.allow();
    await on;
  });

  test('that was chosen while the first one was opening is the one that is sent', async () => {
    const { room, publisher, own } = publishing();
    room.connected();
    const on = publisher.turnOn('camera');
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    const picked = publisher.pickDevice('camera', 'webcam');
    const first = asked[0]?.allow();
    await vi.waitFor(() => expect(asked.map(({ device }) => device)).toEqual(['', 'webcam']));
    const second = asked[1]?.allow();
    await Promise.all([on, picked]);
    expect([first?.isOpen, second?.isOpen]).toEqual([false, true]);
    expect(room.trackPublications.get('camera')?.track.mediaStreamTrack).toBe(second);
    expect(own().camera).toBe('on');
  });

  test('is opened though the first one, which was still opening, fails', async () => {
    const { room, publisher, own, failure } = publishing();
    room.connected();
    const on = publisher.turnOn('camera');
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    const picked = publisher.pickDevice('camera', 'webcam');
    asked[0]?.refuse('NotReadableError');
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    asked[1]?.allow();
    await Promise.all([on, picked]);
    expect([own().camera, failure()]).toEqual(['on', null]);
  });

  test('that was chosen while the first one was opening is not asked for once it is off', async () => {
    const { room, publisher, own } = publishing();
    room.connected();
    const on = publisher.turnOn('camera');
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    const others = [publisher.pickDevice('camera', 'webcam'), publisher.turnOff('camera')];
    asked[0]?.allow();
    await Promise.all([on, ...others]);
    expect(asked).toHaveLength(1);
    expect([own().camera, openDevices()]).toEqual(['off', []]);
  });

  test('takes over after a pause that was just ending', async () => {
    const { publisher, track } = await speaking();
    await publisher.turnOff('microphone');
    const reopening = new Gate();
    track.unmute = async () => {
      await reopening.passed;
      track.constraints.deviceId = { exact: 'headset' }; // the SDK asked before the choice
      track.isMuted = false;
    };
    const on = publisher.turnOn('microphone');
    const picked = publisher.pickDevice('microphone', 'desk');
    reopening.open();
    await Promise.all([on, picked]);
    expect(track.constraints.deviceId).toEqual({ exact: 'desk' });
  });

  test('that does not open leaves the source off and says why', async () => {
    const { publisher, track, own, failure } = await speaking();
    track.setDeviceId = () => Promise.reject(new DOMException('', 'NotReadableError'));
    await publisher.pickDevice('microphone', 'desk');
    expect(own().microphone).toBe('off');
    expect(failure()).toEqual({ kind: 'microphone', why: 'busy' });
  });

  test('of the system follows one that was unplugged, and the person is told', async () => {
    const { track, own, failure } = await speaking();
    expect(track.constraints.deviceId).toEqual({ exact: 'headset' });
    listed = [{ kind: 'audioinput', label: 'Built-in' }];
    track.emit('ended');
    expect(track.constraints.deviceId).toEqual({ ideal: 'headset' });
    track.emit('restarted');
    await settled();
    expect(track.constraints.deviceId).toBeUndefined();
    expect(own().microphone).toBe('on');
    expect(failure()).toEqual({ kind: 'microphone', why: 'unplugged' });
  });

  test('of the system is opened where the picked one was unplugged while it was off, and the person is told', async () => {
    const { room, publisher, own, failure } = publishing();
    room.connected();
    const on = publisher.turnOn('microphone');
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    asked[0]?.refuse('OverconstrainedError');
    await vi.waitFor(() => expect(asked.map(({ device }) => device)).toEqual(['headset', '']));
    asked[1]?.allow();
    await on;
    expect([own().microphone, failure()]).toEqual(['on', { kind: 'microphone', why: 'unplugged' }]);
    expect(room.trackPublications.get('microphone')?.track.constraints).not.toHaveProperty('deviceId');
  });

  test('of the system is opened where the picked one was unplugged during a pause', async () => {
    const { publisher, track, own, failure } = await speaking();
    await publisher.turnOff('microphone');
    track.unmute = async () => {
      if (track.constraints.deviceId) throw new DOMException('', 'OverconstrainedError');
      track.isMuted = false;
    };
    await publisher.turnOn('microphone');
    expect([own().microphone, failure()]).toEqual(['on', { kind: 'microphone', why: 'unplugged' }]);
  });

  test('of the system stays where the one that is picked has just been unplugged', async () => {
    const { publisher, track, own, failure } = await speaking();
    track.setDeviceId = async (device) => {
      if (device) throw new DOMException('', 'OverconstrainedError');
    };
    await publisher.pickDevice('microphone', 'desk');
    expect([own().microphone, failure()]).toEqual(['on', { kind: 'microphone', why: 'unplugged' }]);
  });

  test('in place of one that was unplugged is said for a while, and a failure after it stays', async () => {
    vi.useFakeTimers();
    try {
      listed = listed.filter(({ label }) => label !== 'Headset');
      const { publisher, track, failure } = await speaking();
      track.emit('ended');
      track.emit('restarted');
      await vi.advanceTimersByTimeAsync(14_000);
      expect(failure()).not.toBeNull();
      await vi.advanceTimersByTimeAsync(1_000);
      expect(failure()).toBeNull();
      track.emit('ended');
      track.emit('restarted');
      await vi.advanceTimersByTimeAsync(0);
      track.setDeviceId = () => Promise.reject(new DOMException('', 'NotReadableError'));
      await publisher.pickDevice('microphone', 'desk');
      await vi.advanceTimersByTimeAsync(15_000);
      expect(failure()).toEqual({ kind: 'microphone', why: 'busy' });
    } finally {
      vi.useRealTimers();
    }
  });

  test('is left again for the picked one, which had only ended with the camera', async () => {
    const { track, own, failure } = await speaking();
    track.emit('ended');
    // The SDK takes the system's.
    track.mediaStreamTrack = new Device('audio', 'Built-in', 'default') as unknown as MediaStreamTrack;
    track.emit('restarted');
    await settled();
    expect(track.constraints.deviceId).toEqual({ exact: 'headset' });
    expect(own().microphone).toBe('on');
    expect(failure()).toBeNull();
  });

  test('a camera that goes on again after a pause is no news', async () => {
    const { track, failure } = await speaking();
    track.emit('restarted');
    expect(failure()).toBeNull();
  });
});

describe('a device that ended and does not open again', () => {
  test('because it is not allowed any more: that is said until it is', async () => {
    const { room, track, own, failure } = await speaking();
    permission.state = 'denied';
    track.emit('ended');
    await room.givesUp('microphone');
    expect(own().microphone).toBe('off');
    expect(failure()).toEqual({ kind: 'microphone', why: 'revoked' });
    permission.state = 'granted';
    permission.onchange?.();
    expect(failure()).toBeNull();
  });

  test('like the other one: both are named', async () => {
    const { room, publisher, track, failure } = await speaking();
    const camera = new Device('video', 'Webcam');
    await publisher.publish('camera', camera as unknown as MediaStreamTrack);
    permission.state = 'denied';
    track.emit('ended');
    room.trackPublications.get('camera')?.track.emit('ended');
    await room.givesUp('microphone');
    await room.givesUp('camera');
    expect(failure()).toEqual({ kind: 'both', why: 'revoked' });
    permission.state = 'granted';
    permission.onchange?.();
    expect(failure()).toEqual({ kind: 'microphone', why: 'revoked' });
  });

  test('because there is none: that is said', async () => {
    const { room, track, failure } = await speaking();
    listed = [];
    track.emit('ended');
    await room.givesUp('microphone');
    expect(failure()).toEqual({ kind: 'microphone', why: 'gone' });
  });

  test('is no news to somebody who has muted meanwhile', async () => {
    const { room, publisher, track, failure } = await speaking();
    track.emit('ended');
    await publisher.turnOff('microphone');
    await room.givesUp('microphone');
    expect(failure()).toBeNull();
  });
});
