import { createStore } from 'zustand/vanilla';

/**
 * Whether a part of this page did not come: the network failed, or a newer server has other files by now.
 * A reload mends both.
 */
export const chunks = createStore(() => ({ isIncomplete: false }));

/** Vite tells of every dynamic import that fails (https://vite.dev/guide/build#load-error-handling). */
export function watchChunks(target: EventTarget = window): void {
  target.addEventListener('vite:preloadError', () => chunks.setState({ isIncomplete: true }));
}
