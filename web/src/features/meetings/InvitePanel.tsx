import { Copy, Link2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { currentLanguage } from '@/core/i18n';
import { announce } from '@/core/announce';
import { groupedNumber } from '@/core/meeting-number';
import { useSession } from '@/core/session';
import { useLive, useRoom } from '@/room';
import { Button } from '@/ui/Button';
import { QrCode } from '@/ui/QrCode';
import { invitationLink, invitationText, isLoopback, type InvitationFacts } from './invitation-text';

/** For whoever runs the server, from its sources or installed; docs/guides/lan says the same. */
const STARTS_ON_NETWORK = ['make run TLS=auto', 'mcmeet serve --tls auto'];

export default function InvitePanel() {
  const { t } = useTranslation('meetings');
  const room = useRoom();
  const meeting = useLive((live) => live.meeting);
  const name = useLive(({ roster, you }) => roster.get(you.seat)?.name ?? '');
  const facts: InvitationFacts = {
    name,
    topic: meeting.topic,
    number: meeting.number,
    passcode: room.stay.passcode,
    startedAt: meeting.started_at,
    origin: useSession()?.public_url ?? window.location.origin,
  };

  async function copy(text: string, done: string) {
    try {
      await navigator.clipboard.writeText(text);
      announce(done);
    } catch {
      announce(t('invite.copy_failed'));
    }
  }

  return (
    <div className="flex flex-col gap-4 p-4 text-sm">
      <dl className="flex flex-col gap-3">
        <Fact word={t('invite.topic')} value={meeting.topic} look="font-medium wrap-anywhere" />
        <Fact word={t('invite.number')} value={groupedNumber(meeting.number)} />
        {facts.passcode && <Fact word={t('invite.passcode')} value={facts.passcode} />}
        <LinkFact link={invitationLink(facts)} />
      </dl>
      {isLoopback(new URL(facts.origin).hostname) ? (
        <div className="flex flex-col gap-1.5 rounded-field bg-warn-ground px-3 py-2.5 text-xs text-warn">
          <p className="font-medium">{t('invite.local_only')}</p>
          <p>{t('invite.local_start')}</p>
          {STARTS_ON_NETWORK.map((command) => (
            <code key={command} className="rounded-tile bg-surface px-2 py-1 select-all">
              {command}
            </code>
          ))}
          <p>{t('invite.local_open')}</p>
        </div>
      ) : (
        <QrCode text={invitationLink(facts)} label={t('invite.code')} />
      )}
      <Button
        look="primary"
        onPress={() => void copy(invitationText(t, facts, currentLanguage()), t('invite.copied'))}
      >
        <Copy aria-hidden className="size-4" />
        {t('invite.copy')}
      </Button>
      <Button onPress={() => void copy(invitationLink(facts), t('invite.link_copied'))}>
        <Link2 aria-hidden className="size-4" />
        {t('invite.copy_link')}
      </Button>
    </div>
  );
}

interface FactProps {
  word: string;
  value: string;
  look?: string;
}

function Fact({ word, value, look = 'figures text-lg font-semibold' }: FactProps) {
  return (
    <div>
      <dt className="text-xs text-ink-500">{word}</dt>
      <dd className={look}>{value}</dd>
    </div>
  );
}

/** Where it does not fit on one line, the passcode stays whole. */
function LinkFact({ link }: { link: string }) {
  const { t } = useTranslation('meetings');
  const [address, fragment] = link.split(/(?=#)/);
  return (
    <div>
      <dt className="text-xs text-ink-500">{t('invite.link')}</dt>
      <dd className="wrap-anywhere select-all">
        {address}
        <wbr />
        {fragment}
      </dd>
    </div>
  );
}
