import { loadRoomSession, warmUp } from '@/media';

/**
 * What the meeting's page needs, fetched while the person is still before its door. What does not come is asked for
 * again, and missed, by the meeting itself.
 */
export function prefetchRoom(): void {
  warmUp();
  loadRoomSession().catch(nothing);
  import('./RoomPage').catch(nothing);
}

function nothing(): void {}
