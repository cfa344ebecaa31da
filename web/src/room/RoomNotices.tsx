import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { Mic, MicOff, RefreshCw, Volume2, WifiOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { chunks } from '@/core/chunks';
import { reloadPage } from '@/core/chunks/reload';
import { Button } from '@/ui/Button';
import { useKeptFocus } from './useKeptFocus';
import { useOverdue } from '@/ui/useOverdue';
import { BAR_IDS, focusBar, MEDIA_AWAY, MUTED_BY_HOST } from './bar-focus';
import { useLive, useMedia, useRoom, useSendingState } from './context';
import { Notice } from './Notice';
import { isAway, isOpening } from './view';
import { Slot } from './Slot';

const RETURNED_RIGHT_SHOWN_MS = 15_000;

/** How the right came back: by a host, or because nobody is left who could return it. */
type Returned = 'unmute_allowed' | 'may_unmute';

/** What is wrong right now and what to do about it, above the bar; it covers nobody's name. */
export function RoomNotices() {
  const frame = useRef<HTMLDivElement>(null);
  useKeptFocus(frame, () => focusBar(BAR_IDS.bar));
  return (
    <div
      ref={frame}
      className="relative z-40 flex shrink-0 flex-col items-center gap-2 px-4 py-1 empty:hidden"
    >
      <Connection />
      <Incomplete />
      <MutedByHost />
      <PromptOpen />
      <CaptureFailure />
      <SoundBlocked />
      <Slot name="Notices" />
    </div>
  );
}

function Connection() {
  const { t } = useTranslation('room');
  const isLost = useStore(useRoom().view, ({ status }) => status.kind === 'lost');
  const port = useLive(({ media }) => media.port);
  const isBlocked = useMedia(({ blocked }) => blocked);
  const isMediaLost = useMedia(isAway);
  const icon = <WifiOff aria-hidden className="size-4 shrink-0 text-hand" />;
  if (isLost) return <Notice id={MEDIA_AWAY} icon={icon} text={t('lost')} hint={t('lost_hint')} />;
  if (isBlocked) return <Notice id={MEDIA_AWAY} icon={icon} text={t('blocked', { port })} />;
  if (!isMediaLost) return null;
  return <Notice id={MEDIA_AWAY} icon={icon} text={t('media_lost')} hint={t('media_lost_hint')} />;
}

function Incomplete() {
  const { t } = useTranslation(['room', 'core']);
  const isIncomplete = useStore(chunks, (state) => state.isIncomplete);
  if (!isIncomplete) return null;
  const reload = (
    <Button size="small" onPress={() => void reloadPage()}>
      {t('core:page.reload')}
    </Button>
  );
  return (
    <Notice
      icon={<RefreshCw aria-hidden className="size-4 shrink-0 text-hand" />}
      action={reload}
      text={t('core:page.incomplete')}
      hint={t('reload_hint')}
    />
  );
}

function MutedByHost() {
  const { t } = useTranslation('room');
  const isAllowed = useLive(({ you }) => you.rights.publish.includes('microphone'));
  const isHosted = useLive(({ roster }) => [...roster.values()].some(({ role }) => role !== 'participant'));
  const [wasAllowed, setWasAllowed] = useState(isAllowed);
  const [returned, setReturned] = useState<Returned | null>(null);
  if (isAllowed !== wasAllowed) {
    setWasAllowed(isAllowed);
    // Where nobody hosts any more, the server has lifted all mutes.
    setReturned(isAllowed ? (isHosted ? 'unmute_allowed' : 'may_unmute') : null);
  }
  if (returned) return <MayUnmute word={returned} onDone={() => setReturned(null)} />;
  if (isAllowed) return null;
  return (
    <Notice
      id={MUTED_BY_HOST}
      icon={<MicOff aria-hidden className="size-4 shrink-0 text-live" />}
      text={t('muted_by_host_hint')}
    />
  );
}

interface MayUnmuteProps {
  word: Returned;
  onDone: () => void;
}

/** Nobody is put live by somebody else: the press is their own. */
function MayUnmute({ word, onDone }: MayUnmuteProps) {
  const { t } = useTranslation('room');
  const room = useRoom();
  const isOn = useSendingState('microphone') === 'on';
  const done = useEffectEvent(onDone);
  useEffect(() => {
    const timer = setTimeout(() => done(), isOn ? 0 : RETURNED_RIGHT_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isOn]);

  function press() {
    focusBar(BAR_IDS.microphone);
    void room.toggle('microphone');
  }

  const unmute = (
    <Button look="primary" size="small" onPress={press}>
      {t('unmute')}
    </Button>
  );
  return (
    <Notice
      icon={<Mic aria-hidden className="size-4 shrink-0 text-speaking" />}
      action={unmute}
      text={t(word)}
    />
  );
}

function PromptOpen() {
  const { t } = useTranslation('room');
  const isAsking = useOverdue(useStore(useRoom().view, isOpening));
  return isAsking && <Notice text={t('prompt')} />;
}

function CaptureFailure() {
  const { t } = useTranslation('room');
  const failure = useMedia((media) => media.failure);
  if (failure === null) return null;
  switch (failure.why) {
    case 'unplugged':
      return <Notice text={t(`unplugged.${failure.kind}`)} />;
    case 'gone':
      return <Notice text={t(`gone.${failure.kind}`)} />;
    case 'revoked':
      return <Notice text={t(`revoked.${failure.kind}`)} hint={t(`revoked_hint.${failure.kind}`)} />;
    default:
      return <Notice text={t(`failure.${failure.kind}.${failure.why}`)} />;
  }
}

function SoundBlocked() {
  const { t } = useTranslation('room');
  const room = useRoom();
  const isBlocked = useMedia(({ soundBlocked }) => soundBlocked);
  if (!isBlocked) return null;

  function unlock() {
    focusBar(BAR_IDS.microphone);
    void room.tracks?.unlockSound();
  }

  return (
    <Button look="primary" onPress={unlock}>
      <Volume2 aria-hidden className="size-4" />
      {t('sound')}
    </Button>
  );
}
