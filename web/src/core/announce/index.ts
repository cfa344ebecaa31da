import i18next from 'i18next';
import { createStore } from 'zustand/vanilla';
import { errorText, isCode } from '../errors';

const SHOWN_MS = 4_000;

interface Announcement {
  id: number;
  text: string;
}

interface Toast extends Announcement {
  /** The text before somebody's name, the name, which is cut short where it is shown, and the text behind it. */
  parts: readonly [string, string, string];
}

interface Announcements {
  current: Toast | null;
  /** Spoken alone: the page shows them in their own place. Several may come at once. */
  notices: readonly Announcement[];
}

export const announcements = createStore<Announcements>(() => ({ current: null, notices: [] }));

let count = 0;

/**
 * Says something short that needs no answer, such as 已复制. The newest one replaces the one before. `name`: of whom
 * the text tells.
 */
export function announce(text: string, name = ''): void {
  const id = ++count;
  announcements.setState({ current: { id, text, parts: around(text, name) } });
  setTimeout(() => {
    if (announcements.getState().current?.id === id) announcements.setState({ current: null });
  }, SHOWN_MS);
}

function around(text: string, name: string): Toast['parts'] {
  const at = text.indexOf(name);
  return at < 0 ? [text, '', ''] : [text.slice(0, at), name, text.slice(at + name.length)];
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
