import { Ellipsis, Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { memo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { late } from '@/core/chunks/late';
import type { RosterEntry } from '@/core/live/protocol';
import { PersonSlot, Slot, useKeptFocus, useLive } from '@/room';
import { Avatar } from '@/ui/Avatar';
import { Guarded } from '@/ui/Guarded';
import { Menu } from '@/ui/Menu';
import { PlainButton } from '@/ui/Button';
import { Name } from './Name';
import { isAsked, useMemberActions, type AskedAction } from './useMemberActions';
import { useIsSpeaking, usePeople, useSends } from './useParticipants';

const MemberDialog = late(() => import('./MemberDialog'));

export default function MembersPanel() {
  const { t } = useTranslation('participants');
  const people = usePeople();
  const [asked, setAsked] = useState<{ kind: AskedAction; person: RosterEntry } | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  useKeptFocus(frame, () => list.current?.focus());

  /** Where the focus came from is gone or will be: the removed person's row, or the menu of who is host no more. */
  function done() {
    flushSync(() => setAsked(null));
    list.current?.focus();
  }

  /** Back to the row's menu, by hand: on a busy machine the dialog has been seen to forget where it came from. */
  function closed() {
    const seat = asked?.person.seat;
    flushSync(() => setAsked(null));
    list.current?.querySelector<HTMLElement>(`[data-seat="${seat}"] [aria-haspopup]`)?.focus();
  }

  return (
    <div ref={frame}>
      <p className="px-4 pt-3 text-xs text-ink-500">{t('count', { count: people.length })}</p>
      <Slot name="Members" />
      <ul ref={list} tabIndex={-1} aria-label={t('members')} className="m-1 rounded-tile p-1">
        {people.map((person) => (
          <Member key={person.seat} person={person} onAsk={setAsked} />
        ))}
      </ul>
      {asked && (
        <Guarded onFailed={closed}>
          <MemberDialog {...asked} onClose={closed} onDone={done} />
        </Guarded>
      )}
    </div>
  );
}

interface MemberProps {
  person: RosterEntry;
  onAsk: (asked: { kind: AskedAction; person: RosterEntry }) => void;
}

const Member = memo(function Member({ person, onAsk }: MemberProps) {
  const { t } = useTranslation('participants');
  const isSelf = useLive(({ you }) => you.seat === person.seat);
  const { sound, picture } = useSends(person.seat);
  const isSpeaking = useIsSpeaking(person.seat);
  return (
    <li data-seat={person.seat} className="flex items-center gap-2 rounded-tile px-2 py-1.5 hover:bg-hover">
      <Avatar name={person.name} />
      <span className="min-w-0 grow">
        <span className="block text-sm">
          <Name name={person.name} remarks={isSelf ? t('remarks', { remarks: t('me') }) : ''} />
        </span>
        <span className="block truncate text-xs text-ink-500">
          {[
            t(`role.${person.role}`),
            person.state === 'away' ? t('away') : '',
            isSpeaking ? t('speaking') : '',
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </span>
      <PersonSlot name="Member" person={person} />
      <span role="img" aria-label={t(sound ? 'unmuted' : 'muted')}>
        {sound ? (
          <Mic aria-hidden className={`size-4 ${isSpeaking ? 'text-ok' : 'text-ink-500'}`} />
        ) : (
          <MicOff aria-hidden className="size-4 text-danger-text" />
        )}
      </span>
      <span role="img" aria-label={t(picture ? 'video_on' : 'video_off')}>
        {picture ? (
          <Video aria-hidden className="size-4 text-ink-500" />
        ) : (
          <VideoOff aria-hidden className="size-4 text-ink-500" />
        )}
      </span>
      <MemberMenu person={person} onAsk={onAsk} />
    </li>
  );
});

function MemberMenu({ person, onAsk }: MemberProps) {
  const { t } = useTranslation('participants');
  const { actions, run } = useMemberActions(person);
  if (actions.length === 0) return <span className="size-8 shrink-0" />;
  return (
    <Menu
      label={t('actions', { name: person.name })}
      trigger={
        <PlainButton
          aria-label={t('actions', { name: person.name })}
          className="flex size-8 shrink-0 items-center justify-center rounded-tile text-ink-700 hover:bg-line"
        >
          <Ellipsis aria-hidden className="size-4" />
        </PlainButton>
      }
      items={actions.map((id) => ({
        id,
        label: t(`action.${id}`),
        isDanger: id === 'remove',
        ...(id === 'mute' && { hint: t('mute_hint') }),
      }))}
      onAction={(id) => {
        const action = actions.find((offered) => offered === id);
        if (action === undefined) return;
        if (isAsked(action)) onAsk({ kind: action, person });
        else run(action);
      }}
    />
  );
}
