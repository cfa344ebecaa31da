import { members } from '@/features/meetings/members';
import { close } from '../polls';
import { start } from '@/app/start';
import { enter } from '@/room/meeting-room';

export const all = [members, close, start, enter];
