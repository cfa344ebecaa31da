/** How loud a microphone is, for a meter. */

const EVERY_MS = 66;
const SILENCE_DB = -60;

/** Calls `report` with 0..1 (−60 dBFS to full scale) about 15 times a second; returns the stop function. */
export function watchLevel(track: MediaStreamTrack, report: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    report(loudness(samples));
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    // The browser closes contexts by itself too, of a page that it puts away for instance.
    if (context.state !== 'closed') context.close().catch(() => undefined);
  };
}

export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const db = 20 * Math.log10(Math.sqrt(sum / samples.length) || Number.MIN_VALUE);
  return Math.min(1, Math.max(0, 1 - db / SILENCE_DB));
}
