import { lazy } from 'react';
import { Users } from 'lucide-react';
import type { RoomPart } from '@/core/live/part';
import { Announcements } from './Announcements';
import { Stage } from './Stage';
import { leavesWithoutHost, participantsState } from './state';
import { ViewButtons } from './ViewButtons';

const handOver = () => import('./HandOverDialog');
const membersPanel = () => import('./MembersPanel');

const part: RoomPart = {
  live: participantsState,
  Stage,
  Head: ViewButtons,
  Announcements,
  leave: { isAsked: leavesWithoutHost, Question: lazy(handOver) },
  later: [membersPanel, handOver, () => import('./MemberDialog')],
  panels: [
    {
      id: 'members',
      icon: Users,
      label: 'participants:members',
      isMain: true,
      Panel: lazy(membersPanel),
    },
  ],
};

export default part;
