/** getUserMedia with its failures sorted into what a person can do about them. */

export type CaptureKind = 'microphone' | 'camera';

/** `insecure`: the browser offers no devices to a page without HTTPS. */
export type CaptureFailure = 'denied' | 'busy' | 'absent' | 'insecure';

export class CaptureFailed extends Error {
  constructor(readonly why: CaptureFailure) {
    super(why);
    this.name = 'CaptureFailed';
  }
}

const CAMERA: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};

const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** An object of its own for each track: the SDK writes into it. */
export function constraintsFor(kind: CaptureKind, deviceId?: string): MediaTrackConstraints {
  const base = kind === 'camera' ? CAMERA : MICROPHONE;
  return { ...base, ...(deviceId && { deviceId: { exact: deviceId } }) };
}

/** Throws CaptureFailed. Where the picked device is gone it calls `unplugged` and opens the system's. */
export async function capture(
  kind: CaptureKind,
  deviceId: string,
  unplugged: () => void,
): Promise<MediaStreamTrack> {
  const media = kind === 'camera' ? 'video' : 'audio';
  const open = (id: string) => browserGives({ [media]: constraintsFor(kind, id) });
  const stream = await open(deviceId)
    .catch((error: unknown) => {
      if (!isGone(deviceId, error)) throw error;
      unplugged();
      return open('');
    })
    .catch(fail);
  const [track] = stream.getTracks();
  if (track === undefined) throw new CaptureFailed('absent');
  return track;
}

/** Both devices with one permission prompt. Throws CaptureFailed, and then neither was opened. */
export async function captureBoth(
  devices: Record<CaptureKind, string>,
): Promise<Record<CaptureKind, MediaStreamTrack>> {
  const [audio, video] = [
    constraintsFor('microphone', devices.microphone),
    constraintsFor('camera', devices.camera),
  ];
  const stream = await browserGives({ audio, video }).catch(fail);
  const [microphone] = stream.getAudioTracks();
  const [camera] = stream.getVideoTracks();
  if (microphone === undefined || camera === undefined) throw new CaptureFailed('absent');
  return { microphone, camera };
}

/** Whether there is no device of the id that was asked for. */
export function isGone(deviceId: string, error: unknown): boolean {
  return deviceId !== '' && (error as Error).name === 'OverconstrainedError';
}

/** The error names of Media Capture and Streams §9.2.2; undefined for what is no answer of a device. */
export function failureOf(error: unknown): CaptureFailure | undefined {
  if (error instanceof CaptureFailed) return error.why;
  switch ((error as Error).name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'absent';
    default:
      return undefined;
  }
}

async function browserGives(constraints: MediaStreamConstraints): Promise<MediaStream> {
  // Browsers hide mediaDevices outside secure contexts (Media Capture and Streams §9.2).
  if (navigator.mediaDevices === undefined) throw new CaptureFailed('insecure');
  return navigator.mediaDevices.getUserMedia(constraints);
}

function fail(error: unknown): never {
  throw new CaptureFailed(failureOf(error) ?? 'absent');
}
