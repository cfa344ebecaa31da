import { useMemo } from 'react';
import type { RosterEntry } from '@/core/live/protocol';
import { peopleAround } from '@/core/live/roster';
import { partOf, useIsConnected, useLive, useMedia, useSendingState } from '@/room';
import { isHeard, participantsState, SILENT, type ParticipantsState, type SeatMedia } from './state';

/** One piece of this feature's state. */
export function useParticipants<T>(select: (state: ParticipantsState) => T): T {
  return useLive((live) => select(partOf(live, participantsState)));
}

export function useSeatMedia(seat: number): SeatMedia {
  return useParticipants(({ media }) => media[seat] ?? SILENT);
}

/** What somebody sends. The engine is the truth about the others; of oneself it is what one chose. */
export function useSends(seat: number): { sound: boolean; picture: boolean } {
  const isSelf = useLive(({ you }) => you.seat === seat);
  const media = useSeatMedia(seat);
  const sound = useSendingState('microphone') === 'on';
  const picture = useSendingState('camera') === 'on';
  return isSelf ? { sound, picture } : { sound: isHeard(media), picture: media.sources.camera === 'on' };
}

/** A ring must not stay lit while nothing is heard. */
export function useIsSpeaking(seat: number): boolean {
  const isSpeaking = useParticipants(({ speakers }) => speakers.includes(seat));
  return useIsConnected() && isSpeaking;
}

/** Everybody in this part of the meeting, the longest here first. */
export function usePeople(): readonly RosterEntry[] {
  const roster = useLive((live) => live.roster);
  const seat = useLive(({ you }) => you.seat);
  return useMemo(() => peopleAround(roster, seat).filter(({ kind }) => kind !== 'service'), [roster, seat]);
}

/** Whose screen is shown here; one's own is not. */
export function useSharer(): RosterEntry | undefined {
  const people = usePeople();
  const you = useLive((live) => live.you.seat);
  // Only the key of the sharer: the pictures of others may change without drawing anew.
  const sharing = useMedia(({ remote }) => [...remote].find(([, videos]) => videos.screen_share)?.[0]);
  return people.find(({ media, seat }) => media === sharing && seat !== you);
}
