import { fetchPart } from '@/core/chunks';
import { loadRoomSession, warmUp } from '@/media';

const roomPage = () => import('./RoomPage');

/**
 * What the meeting's page needs, fetched while the person is still before its door. What does not come is asked for
 * again, and missed, by the meeting itself.
 */
export function prefetchRoom(): void {
  warmUp();
  fetchPart(loadRoomSession).catch(nothing);
  fetchPart(roomPage).catch(nothing);
}

function nothing(): void {}
