import type { Feature } from '@/core/feature';
import { accounts } from '@/features/accounts';
import { hands } from '@/features/hands';
import { home } from '@/features/home';
import { meetings } from '@/features/meetings';
import { participants } from '@/features/participants';
import { policy } from '@/features/policy';
import { reactions } from '@/features/reactions';

/** Every feature of the page, in the order of the navigation. */
export const features = [
  home,
  meetings,
  accounts,
  policy,
  participants,
  reactions,
  hands,
] as const satisfies readonly Feature[];
