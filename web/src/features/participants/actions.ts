/** What one may do about somebody in the list of members. */

import type { RosterEntry, You } from '@/core/live/protocol';
import type { SeatMedia } from './state';

const MEMBER_ACTIONS = ['mute', 'unmute', 'rename', 'co_host', 'no_co_host', 'host', 'remove'] as const;

export type MemberAction = (typeof MEMBER_ACTIONS)[number];

/** What `you` may do about `person`, in the order of the menu; the server decides again. */
export function actionsOn(person: RosterEntry, you: You, { barred }: SeatMedia): readonly MemberAction[] {
  const { actions } = you.rights;
  const isSelf = you.seat === person.seat;
  const isHosting = you.role !== 'participant';
  const isBarred = barred.includes('microphone');
  const mayPromote = !isSelf && actions.includes('participants.set_role');
  const may: Record<MemberAction, boolean> = {
    mute: !isSelf && !isBarred && actions.includes('participants.mute'),
    unmute: isBarred && actions.includes('participants.unmute'),
    rename: (isSelf || isHosting) && actions.includes('participants.rename'),
    co_host: mayPromote && person.role === 'participant',
    no_co_host: mayPromote && person.role === 'co_host',
    // Who is away may not come back, and the meeting would have no host.
    host: mayPromote && person.role !== 'host' && person.state === 'here',
    remove: !isSelf && actions.includes('participants.remove'),
  };
  return MEMBER_ACTIONS.filter((action) => may[action]);
}
