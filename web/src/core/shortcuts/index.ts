/** Whether single letters work as buttons; whoever speaks to their computer can switch them off (WCAG 2.1.4). */

// Browser storage `mcmeet.shortcuts`: `off` once they were switched off on the page, kept until it is changed.
const STORED = 'mcmeet.shortcuts';
const OFF = 'off';

const watchers = new Set<() => void>();

/** What was chosen where the browser forbids storage, which throws at the word itself: kept as long as the page. */
let chosen = true;

export function areShortcutsOn(): boolean {
  try {
    return localStorage.getItem(STORED) !== OFF;
  } catch {
    return chosen;
  }
}

export function setShortcuts(isOn: boolean): void {
  chosen = isOn;
  try {
    if (isOn) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, OFF);
  } catch {
    // As above.
  }
  for (const changed of watchers) changed();
}

/** Calls `changed` when they are switched on or off, here or in another tab. */
export function watchShortcuts(changed: () => void): () => void {
  watchers.add(changed);
  globalThis.addEventListener?.('storage', changed);
  return () => {
    watchers.delete(changed);
    globalThis.removeEventListener?.('storage', changed);
  };
}
