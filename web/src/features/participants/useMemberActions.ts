import type { RosterEntry } from '@/core/live/protocol';
import { useLive, useRoom } from '@/room';
import { announceFailure } from '@/core/announce';
import { useSeatMedia } from './useParticipants';

export type MemberAction = 'mute' | 'unmute' | 'rename' | 'co_host' | 'no_co_host' | 'host' | 'remove';

/** What this page may do about `person`, in the order of the menu; the server decides again. */
export function useMemberActions(person: RosterEntry): {
  items: MemberAction[];
  run: (action: MemberAction) => void;
} {
  const room = useRoom();
  const you = useLive((live) => live.you);
  const { barred } = useSeatMedia(person.seat);
  const { actions } = you.rights;
  const isSelf = you.seat === person.seat;
  const isHosting = you.role !== 'participant';
  const isBarred = barred.includes('microphone');
  const mayPromote = !isSelf && actions.includes('participants.set_role');

  const items: MemberAction[] = [];
  if (!isSelf && !isBarred && actions.includes('participants.mute')) items.push('mute');
  if (isBarred && actions.includes('participants.unmute')) items.push('unmute');
  if ((isSelf || isHosting) && actions.includes('participants.rename')) items.push('rename');
  if (mayPromote && person.role === 'participant') items.push('co_host');
  if (mayPromote && person.role === 'co_host') items.push('no_co_host');
  if (mayPromote && person.role !== 'host') items.push('host');
  if (!isSelf && actions.includes('participants.remove')) items.push('remove');

  function run(action: MemberAction): void {
    const { seat } = person;
    const sent = {
      mute: () => room.send('participants.mute', { seat, sources: ['microphone'] }),
      unmute: () => room.send('participants.unmute', { seat, sources: ['microphone'] }),
      co_host: () => room.send('participants.set_role', { seat, role: 'co_host' }),
      no_co_host: () => room.send('participants.set_role', { seat, role: 'participant' }),
      host: () => room.send('participants.set_role', { seat, role: 'host' }),
      remove: () => room.send('participants.remove', { seat }),
      rename: () => Promise.resolve(),
    }[action]();
    sent.catch(announceFailure);
  }

  return { items, run };
}
