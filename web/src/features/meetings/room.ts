import { UserPlus } from 'lucide-react';
import { late } from '@/core/chunks/late';
import type { RoomPart } from '@/core/live/part';
import { AloneNotice } from './AloneNotice';

const invitePanel = () => import('./InvitePanel');

export default {
  panels: [{ id: 'invite', icon: UserPlus, label: 'meetings:invite.title', Panel: late(invitePanel) }],
  later: [invitePanel],
  Notices: AloneNotice,
} satisfies RoomPart;
