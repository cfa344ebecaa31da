/** Whether single letters work as buttons; whoever speaks to their computer can switch them off (WCAG 2.1.4). */

// Browser storage `mcmeet.shortcuts`: `off` once they were switched off on the page, kept until it is changed.
const STORED = 'mcmeet.shortcuts';
const OFF = 'off';

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
}
