import i18next from 'i18next';
import { createStore } from 'zustand/vanilla';
import { errorText, isCode } from '../errors';

const SHOWN_MS = 4_000;

interface Announcement {
  id: number;
  text: string;
}

interface Announcements {
  current: Announcement | null;
  /** Spoken alone: the page shows them in their own place. Several may come at once. */
  notices: readonly Announcement[];
}

export const announcements = createStore<Announcements>(() => ({ current: null, notices: [] }));

let count = 0;

/** Says something short that needs no answer, such as 已复制. The newest one replaces the one before. */
export function announce(text: string): void {
  const id = ++count;
  announcements.setState({ current: { id, text } });
  setTimeout(() => {
    if (announcements.getState().current?.id === id) announcements.setState({ current: null });
  }, SHOWN_MS);
}

/** What was said is of the place that the person has left. */
export function hush(): void {
  announcements.setState({ current: null });
}

/**
 * Speaks a notice that the page itself shows. A live region that comes with its content is silent in many screen
 * readers (ARIA §6.6.6, `status`): the notice has none, and the one of `Announcer` is always there.
 * Returns the end of the notice.
 */
export function speak(text: string): () => void {
  const id = ++count;
  const end = (): void =>
    announcements.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
  announcements.setState(({ notices }) => ({ notices: [...notices, { id, text }] }));
  // Later nobody is to come upon it twice by reading through the page.
  const timer = setTimeout(end, SHOWN_MS);
  return () => {
    clearTimeout(timer);
    end();
  };
}

/**
 * Says what has failed; not that the meeting is over, which its page says. `what` is the word on what was pressed:
 * the refusal may come seconds later.
 */
export function announceFailure(error: unknown, what: string): void {
  if (isCode(error, 'meeting_over')) return;
  announce(i18next.t('core:failed', { what, why: errorText(error) }));
}
