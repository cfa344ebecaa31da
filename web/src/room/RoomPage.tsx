import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useStore } from 'zustand';
import { fetchPart } from '@/core/chunks';
import { reloadPage } from '@/core/chunks/reload';
import type { RoomPart } from '@/core/live/part';
import { areShortcutsOn } from '@/core/shortcuts';
import { Button } from '@/ui/Button';
import { ErrorState } from '@/ui/ErrorState';
import { Guarded } from '@/ui/Guarded';
import { PageTitle } from '@/ui/PageTitle';
import type { MeetingRoom } from './meeting-room';
import { resumeStay, type KeptStay } from './resume';
import { RoomBar } from './RoomBar';
import { PanelsContext, RoomContext, useLive } from './context';
import { RoomNotices } from './RoomNotices';
import { RoomSide } from './RoomSide';
import { RoomTopBar } from './RoomTopBar';
import { Slot } from './Slot';
import { SharingBar } from './SharingBar';
import { closeStay, currentStay, type KeptFarewell } from './stay';

const route = getRouteApi('/room/$number');

/** Until then the first pictures of the others have the line to themselves. */
const REST_AFTER_MS = 2_000;

export default function RoomPage(): ReactNode {
  const { number } = route.useParams();
  const parts = route.useLoaderData();
  const { history } = useRouter();
  const [room] = useState(() => {
    if (currentStay.room?.stay.number === number) return currentStay.room;
    currentStay.room = resumeStay(number, history.location.state, parts);
    return currentStay.room;
  });
  useEffect(() => {
    if (room !== null) return;
    const { passcode } = history.location.state;
    history.replace(`/j/${number}${passcode === undefined ? '' : `#p=${passcode}`}`);
  }, [room, history, number]);
  return room && <Stay room={room} />;
}

function Stay({ room }: { room: MeetingRoom }) {
  const { history } = useRouter();
  const isHere = useStore(room.view, ({ live }) => live !== null);
  const why = useStore(room.view, ({ status }) => (status.kind === 'over' ? status.why : null));
  useEffect(() => {
    if (why === null) return;
    const kept: KeptFarewell = { why: closeStay(room, why).why };
    history.replace('/ended', kept);
  }, [why, room, history]);
  useKeptStay(room);
  return (
    <div className="fixed inset-0 z-30 flex flex-col bg-stage text-white">
      {isHere ? (
        <RoomContext value={room}>
          <Room room={room} />
        </RoomContext>
      ) : (
        <Entering room={room} />
      )}
    </div>
  );
}

/** Before the first welcome. Where it does not come, the way out does. */
function Entering({ room }: { room: MeetingRoom }) {
  const { t } = useTranslation('room');
  const isLost = useStore(room.view, ({ status }) => status.kind === 'lost');
  return (
    <main id="main" className="m-auto flex flex-col items-center gap-6 p-6 text-center">
      <p role="status" className="text-md text-stage-text">
        {t(isLost ? 'lost' : 'entering')}
      </p>
      {isLost && (
        <Button look="danger" onPress={() => room.leave()}>
          {t('leave')}
        </Button>
      )}
    </main>
  );
}

/** Writes down after each change what a reload needs: the end of a page is too late for it. */
function useKeptStay(room: MeetingRoom): void {
  useEffect(() => {
    function keep() {
      const { passcode } = room.stay;
      const { sending } = room.view.getState();
      const kept: KeptStay = { ...(passcode !== undefined && { passcode }), sending };
      // Not by the router's own, which would begin the page's loading anew.
      History.prototype.replaceState.call(window.history, { ...window.history.state, ...kept }, '');
    }
    keep();
    return room.view.subscribe((now, before) => now.sending !== before.sending && keep());
  }, [room]);
}

function Room({ room }: { room: MeetingRoom }) {
  const [open, show] = useState<string | null>(null);
  const topic = useLive(({ meeting }) => meeting.topic);
  const parts = room.stay.parts;
  const panels = useMemo(() => parts.flatMap((part) => part.panels ?? []), [parts]);
  const panel = panels.find(({ id }) => id === open);
  useShortcuts(room);
  useEffect(() => {
    const later = setTimeout(() => fetchRest(parts), REST_AFTER_MS);
    return () => clearTimeout(later);
  }, [parts]);
  return (
    <PanelsContext value={useMemo(() => ({ open, show }), [open])}>
      <PageTitle title={topic} />
      <RoomTopBar />
      <div className="relative flex min-h-0 grow">
        <main id="main" className="relative flex min-w-0 grow flex-col">
          <SharingBar />
          {parts.map(
            ({ Stage }, index) =>
              Stage && (
                <Guarded key={index} instead={<StageFailed />}>
                  <Stage />
                </Guarded>
              ),
          )}
          <RoomNotices />
        </main>
        {panel && <RoomSide key={panel.id} panel={panel} onClose={() => show(null)} />}
      </div>
      <footer>
        <RoomBar panels={panels} />
      </footer>
      <Slot name="Announcements" />
    </PanelsContext>
  );
}

/** Who cannot see the others still hears them, and can mute and leave below. */
function StageFailed() {
  const { t } = useTranslation(['core', 'room']);
  return (
    <div className="m-auto">
      <ErrorState title={t('page.failed')} hint={t('room:reload_hint')}>
        <Button look="primary" onPress={() => void reloadPage()}>
          {t('page.reload')}
        </Button>
      </ErrorState>
    </div>
  );
}

const OWN_REST = [() => import('./EndedPage'), () => import('./LeaveDialog'), () => import('@/ui/MenuPopup')];

/** What the room draws later, fetched ahead: a server that is upgraded meanwhile has other files. */
function fetchRest(parts: readonly RoomPart[]): void {
  const rest = parts.flatMap(({ later = [] }) => later);
  // `core/chunks` tells what did not come.
  for (const load of [...OWN_REST, ...rest]) fetchPart(load).catch(() => undefined);
}

const TAKES_KEYS =
  'input, textarea, select, [contenteditable], [role=dialog], [role=alertdialog], [role=menu]';

/** M, V and S, unless they are switched off, somebody is typing or a dialog is open. */
function useShortcuts(room: MeetingRoom): void {
  useEffect(() => {
    const actions: Record<string, () => Promise<void>> = {
      m: () => room.toggle('microphone'),
      v: () => room.toggle('camera'),
      s: () => room.toggleShare(),
    };
    function pressed(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      const target = event.target as HTMLElement;
      if (target.closest(TAKES_KEYS)) return;
      const action = actions[event.key.toLowerCase()];
      // Asked at each press: they may be switched off in another tab.
      if (action && areShortcutsOn()) void action();
    }
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [room]);
}
