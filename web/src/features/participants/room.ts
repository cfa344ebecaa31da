import { lazy } from 'react';
import { Users } from 'lucide-react';
import type { RoomPart } from '@/core/live/part';
import { Announcements } from './Announcements';
import { MembersPanel } from './MembersPanel';
import { Stage } from './Stage';
import { leavesWithoutHost, participantsState } from './state';
import { ViewButtons } from './ViewButtons';

const handOver = () => import('./HandOverDialog');

const part: RoomPart = {
  live: participantsState,
  Stage,
  Head: ViewButtons,
  Announcements,
  leave: { isAsked: leavesWithoutHost, Question: lazy(handOver) },
  later: [handOver, () => import('./MemberDialog')],
  panels: [
    {
      id: 'members',
      icon: Users,
      label: 'participants:members',
      isMain: true,
      Panel: MembersPanel,
    },
  ],
};

export default part;
