/** Buttons of the room's bar that stay when what was pressed elsewhere is gone. */
export const BAR_IDS = {
  bar: 'bar',
  microphone: 'bar-microphone',
  share: 'bar-share',
  more: 'bar-more',
} as const;

/** Say above the bar why its microphone, and the screen, take no press. */
export const MUTED_BY_HOST = 'muted-by-host';
export const MEDIA_AWAY = 'media-away';

/** Before a button that goes away by its own press: the keyboard's place is kept. */
export function focusBar(id: string): void {
  // What a narrow bar has no room for lies behind 更多.
  (document.getElementById(id) ?? document.getElementById(BAR_IDS.more))?.focus();
}
