import { loadRoomSession, warmUp } from '@/media';

/** What the meeting's page needs, fetched while the person is still before its door. */
export function prefetchRoom(): void {
  warmUp();
  void loadRoomSession();
  void import('./RoomPage');
}
