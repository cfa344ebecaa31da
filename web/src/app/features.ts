import type { Feature } from '@/core/feature';
import { accounts } from '@/features/accounts';
import { hands } from '@/features/hands';
import { meetings } from '@/features/meetings';
import { participants } from '@/features/participants';
import { policy } from '@/features/policy';
import { reactions } from '@/features/reactions';
import { room } from '@/room/routes';
import { landing } from './landing';

/** What is plugged into the page, in the order of the navigation: its own two parts and every feature. */
export const features = [
  landing,
  room,
  meetings,
  accounts,
  policy,
  participants,
  reactions,
  hands,
] as const satisfies readonly Feature[];
