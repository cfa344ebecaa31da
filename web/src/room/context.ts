import { createContext, useContext, useEffect, useEffectEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { announce, announceFailure } from '@/core/announce';
import type { Commands, CommandType } from '@/core/live/messages';
import type { EventHandler } from '@/core/live/session';
import type { LiveState } from '@/core/live/state';
import type { CaptureKind, MediaView, SourceState } from '@/media';
import type { MeetingRoom } from './meeting-room';
import { isConnected, sendingState } from './view';

export const RoomContext = createContext<MeetingRoom | null>(null);

export interface Panels {
  /** The panel that is open at the side. */
  open: string | null;
  show: (id: string | null) => void;
}

export const PanelsContext = createContext<Panels>({ open: null, show: () => undefined });

export function usePanels(): Panels {
  return useContext(PanelsContext);
}

/** The meeting that this page is in. */
export function useRoom(): MeetingRoom {
  const room = useContext(RoomContext);
  if (room === null) throw new Error('outside a meeting');
  return room;
}

/** One piece of what the server says about the meeting; redraws only when that piece changes. */
export function useLive<T>(select: (live: LiveState) => T): T {
  return useStore(useRoom().view, ({ live }) => {
    if (live === null) throw new Error('before the first welcome');
    return select(live);
  });
}

/** Whether this seat may give this command now, as the server says. */
export function useMay(type: CommandType): boolean {
  return useLive(({ you }) => you.rights.actions.includes(type));
}

/** Gives a command; that it waits for the network, or fails, is said with the word that was pressed. */
export function useSend() {
  const { t } = useTranslation('room');
  const room = useRoom();
  return <T extends CommandType>(type: T, data: Commands[T]['data'], word: string): void => {
    if (room.view.getState().status.kind !== 'open') announce(t('waits', { what: word }));
    room.send(type, data).catch((error: unknown) => announceFailure(error, word));
  };
}

/** Calls `handler` for each event, after the state has taken it in. */
export function useEvents(handler: EventHandler): void {
  const room = useRoom();
  const newest = useEffectEvent(handler);
  useEffect(() => room.onEvent((...event) => newest(...event)), [room]);
}

/**
 * Calls `handler` with what the page knew and what is so now, once somebody is back whose page could not catch up
 * event by event: after an outage that was longer than the grace time, or a new start of the server.
 */
export function useReturn(handler: (before: LiveState, after: LiveState) => void): void {
  const room = useRoom();
  const newest = useEffectEvent(handler);
  useEffect(
    () =>
      room.view.subscribe(({ live: after }, { live: before }) => {
        // Events leave these facts as they are; a welcome brings them anew.
        if (after && before && after.meeting !== before.meeting) newest(before, after);
      }),
    [room],
  );
}

/** One piece of what the media do. */
export function useMedia<T>(select: (media: MediaView) => T): T {
  return useStore(useRoom().view, ({ media }) => select(media));
}

/** Whether what others say and show arrives right now. */
export function useIsConnected(): boolean {
  return useStore(useRoom().view, isConnected);
}

/** What this person sends, as they chose it. */
export function useSendingState(kind: CaptureKind): SourceState {
  return useStore(useRoom().view, (view) => sendingState(view, kind));
}
