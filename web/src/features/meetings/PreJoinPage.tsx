import { Suspense, useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { getRouteApi, Link, useLocation, useRouter, type RouterHistory } from '@tanstack/react-router';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useStore } from 'zustand';
import { late } from '@/core/chunks/late';
import { errorText, isCode } from '@/core/errors';
import { groupedNumber } from '@/core/meeting-number';
import { consentTo, sessionQuery, type Session } from '@/core/session';
import { Preview, watchDevices } from '@/media';
import { isSeatElsewhere, lastSending, prefetchRoom } from '@/room';
import { useConsent } from '@/features/policy';
import { Button } from '@/ui/Button';
import { ErrorState } from '@/ui/ErrorState';
import { LanguageSwitch } from '@/ui/LanguageSwitch';
import { Logo } from '@/ui/Logo';
import { PageTitle } from '@/ui/PageTitle';
import { useIsLeft } from '@/ui/useIsLeft';
import { useOnline } from '@/ui/useOnline';
import { DevicePickers } from './DevicePickers';
import { readNumber } from './invitation';
import { lastGuest } from './guest';
import { asksConsent, JoinModel, type JoinRequest, type MeetingPreview } from './join';
import { JoinFields } from './JoinFields';
import { PreviewCard } from './PreviewCard';
import { SeatInUseDialog } from './SeatInUseDialog';
import { keptSecrets, keepSecrets } from './secrets';

// Whoever comes by a whole link needs none of them.
const NoNumberNotice = late(() => import('./NoNumberNotice'));
const PasscodeForm = late(() => import('./PasscodeForm'));
const UnavailableNotice = late(() => import('./UnavailableNotice'));

const PATH = '/j/';
const route = getRouteApi('/j/$number');

export default function PreJoinPage(): ReactNode {
  const tried = route.useParams().number;
  const number = readNumber(tried);
  return (
    <div className="flex grow flex-col">
      <Header number={number} />
      <main id="main" className="mx-auto w-full max-w-270 grow p-6 pt-0 max-sm:px-4">
        <Suspense fallback={<Looking />}>
          {number === undefined ? <NoNumberNotice tried={tried} /> : <Entry key={number} number={number} />}
        </Suspense>
      </main>
    </div>
  );
}

function Entry({ number }: { number: string }) {
  const model = useJoinModel(number);
  const { data: session, error, refetch } = useQuery(sessionQuery);
  if (session) return <PreJoin model={model} session={session} />;
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  return <Looking />;
}

function Looking() {
  const { t } = useTranslation('meetings');
  return (
    <p role="status" className="py-6 text-center text-ink-500">
      {t('prejoin.looking')}
    </p>
  );
}

function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  useOnline(onRetry);
  return (
    <ErrorState isPage title={t('page.failed')} hint={errorText(error)}>
      <Button look="primary" onPress={onRetry}>
        {t('common.retry')}
      </Button>
    </ErrorState>
  );
}

function Header({ number }: { number: string | undefined }) {
  const { t } = useTranslation(['meetings', 'core']);
  return (
    <header className="flex h-16 w-full shrink-0 items-center justify-between gap-4 px-6 max-sm:px-4">
      <PageTitle title={t('prejoin.tab')} />
      <Link to="/" className="flex rounded-tile">
        <Logo name={t('core:product')} />
      </Link>
      <div className="flex items-center gap-2">
        {number && (
          <span className="figures text-ink-500">
            <span className="max-sm:sr-only">{t('join.field')} </span>
            {groupedNumber(number)}
          </span>
        )}
        <LanguageSwitch className="max-sm:px-2" />
      </div>
    </header>
  );
}

/** The secrets leave the address bar: a screen that is shared or photographed shows no passcode. */
function useJoinModel(number: string): JoinModel {
  const { history } = useRouter();
  const hash = useLocation({ select: (location) => location.hash });
  const [model] = useState(() => new JoinModel(number, keptSecrets(history, number)));
  useEffect(() => void model.look(), [model]);
  useEffect(() => {
    // The address is another meeting's already while this one's page is still drawn.
    const isOther = readNumber(decodeURI(history.location.pathname.slice(PATH.length))) !== number;
    if (hash === '' || isOther) return;
    const secrets = keptSecrets(history, number);
    keepSecrets(history, `${PATH}${number}`, secrets);
    // The first link has them already; another one, pasted over this page, changes the fragment alone.
    if (!model.has(secrets)) void model.open(secrets);
  }, [model, history, number, hash]);
  return model;
}

/** With what is on in the seat they have, or was on when they last left this meeting; at first with both. */
function usePreview(number: string, seat: MeetingPreview['sending']): Preview {
  const [preview] = useState(() => new Preview());
  useEffect(() => {
    void preview.start(lastSending(number, seat));
    const unwatch = watchDevices();
    return () => {
      unwatch();
      preview.stop();
    };
  }, [preview, number, seat]);
  return preview;
}

/** Until there is a meeting to join, nobody is asked for a camera. */
function PreJoin({ model, session }: { model: JoinModel; session: Session }) {
  const { step, error, preview: meeting } = useStore(model.store);
  if (step === 'ready' && meeting) return <Ready model={model} meeting={meeting} session={session} />;
  if (step === 'looking') return <Looking />;
  return (
    <div className="mx-auto w-full max-w-md py-6">
      {step === 'passcode' && <PasscodeForm model={model} />}
      {step === 'unavailable' && <UnavailableNotice model={model} />}
      {step === 'failed' && <Failed error={error} onRetry={() => void model.lookAgain()} />}
    </div>
  );
}

interface ReadyProps {
  model: JoinModel;
  meeting: MeetingPreview;
  session: Session;
}

function Ready({ model, meeting, session }: ReadyProps) {
  const preview = usePreview(model.number, meeting.sending);
  const parts = route.useLoaderData();
  const { history } = useRouter();
  const consent = useConsent();
  const [request, setRequest] = useState<JoinRequest | null>(null);
  const { needsConsent, isAnother } = useStore(model.store);
  const queryClient = useQueryClient();
  const isLeft = useIsLeft();
  usePrefetch();

  async function join(asked: JoinRequest) {
    setRequest(asked);
    const ticket = await model.join(asked);
    if (isLeft.current) return; // a ticket that nobody uses keeps no seat
    if (ticket === null) {
      if (isCode(model.store.getState().error, 'consent_required')) await askAgain();
      return;
    }
    if (ticket.sending) preview.follow(ticket.sending);
    model.enter(ticket, asked, preview.handOver(), parts);
    goIn(history, model);
  }

  /** What was agreed to is not in force any more: the line is for the new texts, and theirs to tick. */
  async function askAgain() {
    consent.setGiven(false);
    await queryClient.invalidateQueries(sessionQuery);
  }

  const mustAsk = asksConsent({ preview: meeting, needsConsent });
  return (
    <div className="grid items-start gap-6 max-md:gap-4 md:grid-cols-[3fr_2fr] md:gap-8">
      <PreviewCard preview={preview} />
      <div className="flex min-w-0 flex-col gap-5 max-md:gap-4">
        <Heading topic={meeting.topic} host={meeting.host} present={meeting.present} />
        <JoinFields
          model={model}
          accountName={session.account && (meeting.known_as ?? session.account.name)}
          guestName={meeting.known_as ?? lastGuest.name}
          consent={mustAsk ? consent : null}
          onJoin={(name) => {
            const given = mustAsk ? consentTo(session) : null;
            void join({ name, consent: given, ...takeoverOf(isAnother, model.number) });
          }}
        >
          <DevicePickers preview={preview} />
        </JoinFields>
      </div>
      {consent.sheet}
      <SeatInUseDialog
        model={model}
        onContinue={() => request && void join({ ...request, takeover: 'continue' })}
        onNew={() => model.beAnother()}
      />
    </div>
  );
}

/** The entry of this page keeps no secret: whoever comes back to it has what opened the door, until they sign out. */
function goIn(history: RouterHistory, { number, secrets }: JoinModel): void {
  const { passcode } = secrets;
  history.replace(`${PATH}${number}`);
  history.flush(); // or the two would become one
  history.push(`/room/${number}`, passcode === undefined ? {} : { passcode });
}

/** Which seat is meant, where the person has said so already. */
function takeoverOf(isAnother: boolean, number: string): Pick<JoinRequest, 'takeover'> {
  if (isAnother) return { takeover: 'new' };
  return isSeatElsewhere(number) ? { takeover: 'continue' } : {};
}

function usePrefetch(): void {
  useEffect(() => {
    const idle = setTimeout(prefetchRoom, 200);
    return () => clearTimeout(idle);
  }, []);
}

function Heading({ topic, host, present }: { topic: string; host: string | null; present: number }) {
  const { t } = useTranslation('meetings');
  const facts = [
    topic,
    host && t('prejoin.host', { name: host }),
    present > 0 ? t('prejoin.present', { count: present }) : t('prejoin.present_none'),
  ].filter(Boolean);
  return (
    <div>
      <h1 className="text-xl font-semibold">{t('prejoin.title')}</h1>
      <p className="phrases mt-1 text-ink-500">{facts.join(' · ')}</p>
    </div>
  );
}
