import { type ReactNode } from 'react';
import { Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { late } from '@/core/chunks/late';
import type { RoomPart } from '@/core/live/part';
import { Announcements } from './Announcements';
import { Stage } from './Stage';
import { leavesWithoutHost, participantsState } from './state';
import { usePeople } from './useParticipants';
import { ViewButtons } from './ViewButtons';

const handOver = () => import('./HandOverDialog');
const membersPanel = () => import('./MembersPanel');

/** A description, not a part of the name: screen readers say one when the button is come to, not at each change. */
function Count({ inWords = false }: { inWords?: boolean }): ReactNode {
  const { t } = useTranslation('participants');
  const count = usePeople().length;
  return inWords ? t('count', { count }) : count;
}

const part: RoomPart = {
  live: participantsState,
  Stage,
  Head: ViewButtons,
  Announcements,
  leave: { isAsked: leavesWithoutHost, Question: late(handOver) },
  later: [membersPanel, handOver, () => import('./MemberDialog')],
  panels: [
    {
      id: 'members',
      icon: Users,
      label: 'participants:members',
      isMain: true,
      Badge: Count,
      Panel: late(membersPanel),
    },
  ],
};

export default part;
