/** Buttons of the room's bar that stay when what was pressed elsewhere is gone. */
export const BAR_IDS = { microphone: 'bar-microphone', share: 'bar-share' } as const;

/** Before a button that goes away by its own press: the keyboard's place is kept. */
export function focusBar(button: keyof typeof BAR_IDS): void {
  document.getElementById(BAR_IDS[button])?.focus();
}
