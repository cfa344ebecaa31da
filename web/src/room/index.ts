/** What features use of the room: a meeting from the inside, the frame that they plug into. */

export { partOf } from '@/core/live/state';
export { isSeatElsewhere, lastPasscode, lastSending } from './coming-back';
export {
  useEvents,
  useIsConnected,
  useLive,
  useMay,
  useMedia,
  usePanels,
  useReturn,
  useRoom,
  useSend,
  useSendingState,
} from './context';
export { BAR_IDS, focusBar } from './bar-focus';
export { useGathered } from './gathering';
export type { Rejoin, Ticket } from './live-link';
export { MeetingRoom } from './meeting-room';
export { Notice } from './Notice';
export { prefetchRoom } from './prefetch';
export { PersonSlot, Slot } from './Slot';
export { currentStay } from './stay';
export { useKeptFocus } from './useKeptFocus';
