import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useRouter } from '@tanstack/react-router';
import { useSession } from '@/core/session';
import { Button } from '@/ui/Button';
import { buttonClass } from '@/ui/buttonClass';
import { Logo } from '@/ui/Logo';
import { PageTitle } from '@/ui/PageTitle';
import { useEntryFocus } from '@/ui/useEntryFocus';
import { useIsLeft } from '@/ui/useIsLeft';
import type { Rejoin } from './live-link';
import type { Farewell } from './meeting-room';
import { currentStay, keptFarewell, type PastStay } from './stay';

const MAY_RETURN: ReadonlySet<Farewell> = new Set(['left', 'replaced', 'rejoin']);

/** After a reload only the reason is known, not which meeting it was: there is no way back to offer. */
export default function EndedPage(): ReactNode {
  const { t } = useTranslation(['room', 'core']);
  const [past] = useState(() => currentStay.past);
  const session = useSession();
  const heading = useEntryFocus();
  const { history } = useRouter();
  const why = past?.why ?? keptFarewell(history.location.state);
  const couldReturn = why !== 'unknown' && MAY_RETURN.has(why);
  const mayReturn = past !== null && couldReturn;
  const hint = couldReturn && !mayReturn ? 'unknown' : why;
  return (
    <main
      id="main"
      className="mx-auto flex w-full max-w-md grow flex-col items-center justify-center gap-8 p-6 text-center"
    >
      <PageTitle title={t(`ended.why.${why}`)} />
      <Logo name={t('core:product')} />
      <div className="flex flex-col gap-2">
        <h1 ref={heading} tabIndex={-1} className="phrases text-xl font-semibold">
          {t(`ended.why.${why}`)}
        </h1>
        {past?.topic && <p className="phrases text-ink-700">{past.topic}</p>}
        <p className="phrases text-ink-500">{t(`ended.hint.${hint}`)}</p>
        {past && <p className="figures text-ink-500">{t('ended.minutes', { count: past.minutes })}</p>}
      </div>
      <div className="flex flex-wrap justify-center gap-3">
        {mayReturn && <WayBack past={past} />}
        <Link
          to={session?.account ? '/app' : '/'}
          className={buttonClass({ look: mayReturn ? 'secondary' : 'primary' })}
        >
          {t('ended.home')}
        </Link>
      </div>
    </main>
  );
}

function WayBack({ past }: { past: PastStay }) {
  const { t } = useTranslation('room');
  const { rejoin } = past.room.stay;
  if (past.why === 'replaced' && rejoin) return <ContinueButton past={past} rejoin={rejoin} />;
  return (
    <Link
      to="/j/$number"
      params={{ number: past.number }}
      hash={fragment(past)}
      className={buttonClass({ look: 'primary' })}
    >
      {t(past.why === 'replaced' ? 'ended.continue' : 'ended.return')}
    </Link>
  );
}

interface ContinueButtonProps {
  past: PastStay;
  rejoin: Rejoin;
}

/** Straight back in, as it was; where that fails, the meeting's door says why. */
function ContinueButton({ past, rejoin }: ContinueButtonProps) {
  const { t } = useTranslation('room');
  const { history } = useRouter();
  const [isPending, setPending] = useState(false);
  const isLeft = useIsLeft();
  const { number, passcode } = past;

  async function enter() {
    setPending(true);
    const ticket = await rejoin('continue').catch(() => null);
    if (isLeft.current) return; // a ticket that nobody uses keeps no seat
    if (ticket === null) return history.push(`/j/${number}#${fragment(past)}`);
    currentStay.room = past.room.again(ticket);
    history.push(`/room/${number}`, passcode === undefined ? {} : { passcode });
  }

  return (
    <Button look="primary" isPending={isPending} onPress={() => void enter()}>
      {t('ended.continue')}
    </Button>
  );
}

function fragment({ passcode }: PastStay): string {
  return passcode === undefined ? '' : `p=${passcode}`;
}
