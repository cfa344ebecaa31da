import { Users } from 'lucide-react';
import type { RoomPart } from '@/core/live/part';
import { Announcements } from './Announcements';
import { MembersPanel } from './MembersPanel';
import { Stage } from './Stage';
import { participantsState } from './state';

const part: RoomPart = {
  live: participantsState,
  Stage,
  Announcements,
  panels: [{ id: 'members', icon: Users, label: 'participants:members', Panel: MembersPanel }],
};

export default part;
