/** Which sentences of `prejoin.state` say why camera or microphone are missing. */

import type { CaptureFailure, CaptureState } from '@/media';

/** Outside a secure context the browser offers neither of the two: that is said once, for both. */
type CaptureWord =
  | `both.${CaptureFailure}`
  | `${'camera' | 'microphone'}.${Exclude<CaptureFailure, 'insecure'>}`;

export function isFailure(state: CaptureState): state is CaptureFailure {
  return state !== 'starting' && state !== 'on' && state !== 'off';
}

/** One sentence where both devices fail for the same reason, else one for each that fails. */
export function failures(camera: CaptureState, microphone: CaptureState): readonly CaptureWord[] {
  if (isFailure(camera) && camera === microphone) return [`both.${camera}`];
  const words: CaptureWord[] = [];
  if (isFailure(camera) && camera !== 'insecure') words.push(`camera.${camera}`);
  if (isFailure(microphone) && microphone !== 'insecure') words.push(`microphone.${microphone}`);
  return words;
}
