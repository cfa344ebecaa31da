import { useTranslation } from 'react-i18next';
import { announceFailure } from '@/core/announce';
import type { RosterEntry } from '@/core/live/protocol';
import { useLive, useRoom } from '@/room';
import { actionsOn, type MemberAction } from './actions';
import { useSeatMedia } from './useParticipants';

/** A dialog asks first, and gives the command itself. */
export type AskedAction = Extract<MemberAction, 'rename' | 'host' | 'remove'>;

type DirectAction = Exclude<MemberAction, AskedAction>;

export function isAsked(action: MemberAction): action is AskedAction {
  return action === 'rename' || action === 'host' || action === 'remove';
}

export function useMemberActions(person: RosterEntry): {
  actions: readonly MemberAction[];
  run: (action: DirectAction) => void;
} {
  const { t } = useTranslation('participants');
  const room = useRoom();
  const you = useLive((live) => live.you);
  const media = useSeatMedia(person.seat);
  const { seat } = person;

  const commands: Record<DirectAction, () => Promise<unknown>> = {
    mute: () => room.send('participants.mute', { seat, sources: ['microphone'] }),
    unmute: () => room.send('participants.unmute', { seat, sources: ['microphone'] }),
    co_host: () => room.send('participants.set_role', { seat, role: 'co_host' }),
    no_co_host: () => room.send('participants.set_role', { seat, role: 'participant' }),
  };

  return {
    actions: actionsOn(person, you, media),
    run: (action) =>
      void commands[action]().catch((error: unknown) => announceFailure(error, t(`action.${action}`))),
  };
}
