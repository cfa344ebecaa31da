import { UserPlus } from 'lucide-react';
import type { RoomPart } from '@/core/live/part';
import { AloneNotice } from './AloneNotice';
import { InvitePanel } from './InvitePanel';

export default {
  panels: [{ id: 'invite', icon: UserPlus, label: 'meetings:invite.title', Panel: InvitePanel }],
  Notices: AloneNotice,
} satisfies RoomPart;
