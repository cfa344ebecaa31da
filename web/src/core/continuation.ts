/**
 * What goes on by itself after signing in. It stands in the tab's history entry, never in an address: no link from
 * elsewhere can bring it along, and a reload on the way (the code came to the same phone) keeps it.
 */

import { useLocation, type HistoryState, type RouterHistory } from '@tanstack/react-router';

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** 快速会议 was pressed before signing in. */
    startsMeeting?: true;
  }
}

/** To be handed to each page between the press and the place where it is carried out. */
export function useContinuation(): HistoryState {
  const startsMeeting = useLocation({ select: ({ state }) => state.startsMeeting });
  return startsMeeting ? { startsMeeting } : {};
}

/** Whether a meeting is to be started here; true once, so that going back or reloading starts no second one. */
export function takeMeetingStart(history: RouterHistory): boolean {
  const { href, state } = history.location;
  if (state.startsMeeting !== true) return false;
  history.replace(href, {});
  return true;
}
