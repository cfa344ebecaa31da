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

/** Throws CaptureFailed. */
export async function capture(kind: CaptureKind, deviceId?: string): Promise<MediaStreamTrack> {
  const constraints = constraintsFor(kind, deviceId);
  const stream = await ask(kind === 'camera' ? { video: constraints } : { audio: constraints });
  const [track] = stream.getTracks();
  if (track === undefined) throw new CaptureFailed('absent');
  return track;
}

/** Both devices with one permission prompt. Throws CaptureFailed, and then neither was opened. */
export async function captureBoth(): Promise<{ microphone: MediaStreamTrack; camera: MediaStreamTrack }> {
  const stream = await ask({ audio: constraintsFor('microphone'), video: constraintsFor('camera') });
  const [microphone] = stream.getAudioTracks();
  const [camera] = stream.getVideoTracks();
  if (microphone === undefined || camera === undefined) throw new CaptureFailed('absent');
  return { microphone, camera };
}

async function ask(constraints: MediaStreamConstraints): Promise<MediaStream> {
  // Browsers hide mediaDevices outside secure contexts (Media Capture and Streams §9.2).
  if (navigator.mediaDevices === undefined) throw new CaptureFailed('insecure');
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (error) {
    throw new CaptureFailed(failureOf((error as DOMException).name));
  }
}

/** The error names of Media Capture and Streams §9.2.2. */
export function failureOf(name: string): CaptureFailure {
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'absent';
  }
}
