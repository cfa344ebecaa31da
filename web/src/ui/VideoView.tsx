import { useEffect, useRef } from 'react';

interface VideoViewProps {
  track: MediaStreamTrack;
  isMirrored?: boolean;
  /** Show the whole picture instead of filling the tile: text at the edge of a screen matters. */
  isWhole?: boolean;
  /** Performance mark (User Timing) that the first picture sets. */
  mark?: string;
  /** Called once there is a picture: until then the element is a black box. */
  onDrawn?: (track: MediaStreamTrack) => void;
}

/** One picture. Always silent: sound is played elsewhere. */
export function VideoView({ track, isMirrored = false, isWhole = false, mark, onDrawn }: VideoViewProps) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (video === null) return undefined;
    video.srcObject = new MediaStream([track]);
    // Chromium does not always honour autoplay on an element that gets its stream later.
    video.play().catch(() => undefined);
    if (mark) video.requestVideoFrameCallback?.(() => performance.mark(mark));
    return () => {
      video.srcObject = null;
    };
  }, [track, mark]);
  return (
    <video
      ref={element}
      autoPlay
      muted
      playsInline
      onLoadedData={() => onDrawn?.(track)}
      className={`absolute inset-0 size-full ${isWhole ? 'object-contain' : 'object-cover'} ${isMirrored ? '[scale:-1_1]' : ''}`}
    />
  );
}
