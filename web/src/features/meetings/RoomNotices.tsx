import { useEffect, useState, type ReactNode } from 'react';
import { Mic, MicOff, RefreshCw, UserPlus, Volume2, WifiOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { chunks } from '@/core/chunks';
import { peopleAround } from '@/core/live/roster';
import { Button } from '@/ui/Button';
import { focusBar } from './bar-focus';
import { useLive, useMedia, useRoom, useSending } from './room-context';
import { isOpening } from './sending';
import { useOverdue } from './useOverdue';
import { useSpoken } from './useSpoken';

const RETURNED_RIGHT_SHOWN_MS = 15_000;

interface RoomNoticesProps {
  /** Opens the invitation; undefined while a panel is open. */
  onInvite: (() => void) | undefined;
}

/** What is wrong right now and what to do about it, above the bar; it covers nobody's name. */
export function RoomNotices({ onInvite }: RoomNoticesProps) {
  return (
    <div className="flex shrink-0 flex-col items-center gap-2 px-4 py-1 empty:hidden">
      <Connection />
      <Incomplete />
      <MutedByHost />
      <PromptOpen />
      <CaptureFailure />
      <SoundBlocked />
      {onInvite && <Alone onInvite={onInvite} />}
    </div>
  );
}

interface NoticeProps {
  icon?: ReactNode;
  /** The button that helps. */
  action?: ReactNode;
  text: string;
  hint?: string;
}

function Notice({ icon, action, text, hint }: NoticeProps) {
  useSpoken(text, hint);
  return (
    <div className="flex max-w-xl items-center gap-3 rounded-field bg-stage-3 px-4 py-2.5 text-sm">
      {icon}
      <p>
        {text}
        {hint && <span className="block text-xs text-stage-text">{hint}</span>}
      </p>
      {action}
    </div>
  );
}

function Connection() {
  const { t } = useTranslation('meetings');
  const isLost = useStore(useRoom().view, ({ status }) => status.kind === 'lost');
  const port = useLive(({ media }) => media.port);
  const isBlocked = useMedia(({ blocked }) => blocked);
  const isMediaLost = useMedia(({ connection }) => connection === 'lost' || connection === 'reconnecting');
  const icon = <WifiOff aria-hidden className="size-4 shrink-0 text-hand" />;
  if (isLost) {
    return <Notice icon={icon} text={t('room.lost')} hint={t('room.lost_hint')} />;
  }
  if (isBlocked) return <Notice icon={icon} text={t('room.blocked', { port })} />;
  return isMediaLost ? (
    <Notice icon={icon} text={t('room.media_lost')} hint={t('room.media_lost_hint')} />
  ) : null;
}

function Incomplete() {
  const { t } = useTranslation(['meetings', 'core']);
  const isIncomplete = useStore(chunks, (state) => state.isIncomplete);
  if (!isIncomplete) return null;
  const reload = (
    <Button size="small" onPress={() => window.location.reload()}>
      {t('core:page.reload')}
    </Button>
  );
  return (
    <Notice
      icon={<RefreshCw aria-hidden className="size-4 shrink-0 text-hand" />}
      action={reload}
      text={t('core:page.incomplete')}
      hint={t('room.reload_hint')}
    />
  );
}

function MutedByHost() {
  const { t } = useTranslation('meetings');
  const isAllowed = useLive(({ you }) => you.rights.publish.includes('microphone'));
  const [wasAllowed, setWasAllowed] = useState(isAllowed);
  const [isReturned, setReturned] = useState(false);
  if (isAllowed !== wasAllowed) {
    setWasAllowed(isAllowed);
    setReturned(isAllowed);
  }
  if (isReturned) return <MayUnmute onDone={() => setReturned(false)} />;
  if (isAllowed) return null;
  return (
    <Notice
      icon={<MicOff aria-hidden className="size-4 shrink-0 text-live" />}
      text={t('room.muted_by_host_hint')}
    />
  );
}

/** Nobody is put live by somebody else: the press is their own. */
function MayUnmute({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('meetings');
  const room = useRoom();
  const isOn = useSending('microphone');
  useEffect(() => {
    const timer = setTimeout(onDone, isOn ? 0 : RETURNED_RIGHT_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isOn, onDone]);

  function press() {
    focusBar('microphone');
    void room.toggle('microphone');
  }

  const unmute = (
    <Button look="primary" size="small" onPress={press}>
      {t('room.unmute')}
    </Button>
  );
  return (
    <Notice
      icon={<Mic aria-hidden className="size-4 shrink-0 text-speaking" />}
      action={unmute}
      text={t('room.unmute_allowed')}
    />
  );
}

function PromptOpen() {
  const { t } = useTranslation('meetings');
  const isAsking = useOverdue(useStore(useRoom().view, isOpening));
  return isAsking && <Notice text={t('room.prompt')} />;
}

function CaptureFailure() {
  const { t } = useTranslation('meetings');
  const failure = useMedia((media) => media.failure);
  if (failure === null) return null;
  const { kind, why } = failure;
  return (
    <Notice text={why === 'unplugged' ? t(`room.unplugged.${kind}`) : t(`room.failure.${kind}.${why}`)} />
  );
}

function SoundBlocked() {
  const { t } = useTranslation('meetings');
  const room = useRoom();
  const isBlocked = useMedia(({ soundBlocked }) => soundBlocked);
  if (!isBlocked) return null;

  function unlock() {
    focusBar('microphone');
    void room.tracks?.unlockSound();
  }

  return (
    <Button look="primary" onPress={unlock}>
      <Volume2 aria-hidden className="size-4" />
      {t('room.sound')}
    </Button>
  );
}

function Alone({ onInvite }: { onInvite: () => void }) {
  const { t } = useTranslation('meetings');
  const isAlone = useLive(({ roster, you }) => {
    const others = peopleAround(roster, you.seat).filter(
      ({ kind, seat }) => kind !== 'service' && seat !== you.seat,
    );
    return others.length === 0;
  });
  if (!isAlone) return null;
  const invite = (
    <Button look="primary" size="small" onPress={onInvite}>
      <UserPlus aria-hidden className="size-4" />
      {t('room.invite_others')}
    </Button>
  );
  return <Notice action={invite} text={t('room.alone')} />;
}
