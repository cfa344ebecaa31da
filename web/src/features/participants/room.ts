import { Users } from 'lucide-react';
import type { RoomPart } from '@/core/live/part';
import { Announcements } from './Announcements';
import { MembersPanel } from './MembersPanel';
import { Stage } from './Stage';
import { participantsState } from './state';
import { ViewButtons } from './ViewButtons';

const part: RoomPart = {
  live: participantsState,
  Stage,
  Head: ViewButtons,
  Announcements,
  later: [() => import('./MemberDialog')],
  panels: [
    {
      id: 'members',
      icon: Users,
      label: 'participants:members',
      short: 'participants:members_short',
      Panel: MembersPanel,
    },
  ],
};

export default part;
