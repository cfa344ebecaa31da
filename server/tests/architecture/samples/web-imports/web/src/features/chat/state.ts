import { members } from '@/features/meetings/members';
import { close } from '../polls';
import { start } from '@/app/start';

export const all = [members, close, start];
