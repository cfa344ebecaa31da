import { useTranslation } from 'react-i18next';
import type { RosterEntry } from '@/core/live/protocol';
import { useLive, useSend } from '@/room';
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
  const send = useSend();
  const you = useLive((live) => live.you);
  const media = useSeatMedia(person.seat);
  const { seat } = person;

  const commands: Record<DirectAction, (word: string) => void> = {
    mute: (word) => send('participants.mute', { seat, sources: ['microphone'] }, word),
    unmute: (word) => send('participants.unmute', { seat, sources: ['microphone'] }, word),
    co_host: (word) => send('participants.set_role', { seat, role: 'co_host' }, word),
    no_co_host: (word) => send('participants.set_role', { seat, role: 'participant' }, word),
  };

  return {
    actions: actionsOn(person, you, media),
    run: (action) => commands[action](t(`action.${action}`)),
  };
}
