import { createStore } from 'zustand/vanilla';

type Load<Part> = () => Promise<Part>;

/**
 * Whether a part of this page did not come: the network failed, or a newer server has other files by now.
 * A reload mends both.
 */
export const chunks = createStore(() => ({ isIncomplete: false }));

/** What did not come: how to ask for it again, or the error where nobody but a reload asks. */
const lost = new Set<unknown>();

function tell(): void {
  chunks.setState({ isIncomplete: lost.size > 0 });
}

/** A part that, where it does not come, is asked for again when the network is back or another part comes. */
export async function fetchPart<Part>(load: Load<Part>): Promise<Part> {
  let part;
  try {
    part = await load();
  } catch (error) {
    if (lost.delete(error)) lost.add(load);
    throw error;
  }
  lost.delete(load);
  tell();
  fetchLost();
  return part;
}

/** Vite tells of every dynamic import that fails (https://vite.dev/guide/build#load-error-handling). */
export function watchChunks(target: EventTarget = window): void {
  target.addEventListener('vite:preloadError', (event) => {
    lost.add((event as VitePreloadErrorEvent).payload);
    tell();
  });
  target.addEventListener('online', fetchLost);
}

function fetchLost(): void {
  for (const load of lost)
    if (typeof load === 'function') fetchPart(load as Load<unknown>).catch(() => undefined);
}
