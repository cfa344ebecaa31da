import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useRouter } from '@tanstack/react-router';
import { Button } from '@/ui/Button';
import { buttonClass } from '@/ui/buttonClass';
import { preJoinPath, type Invitation } from './invitation';
import type { JoinModel } from './join';
import { JoinForm } from './JoinForm';

/**
 * A link that opens nothing: which of number, passcode and time is wrong, the server does not say. The field is for
 * another meeting; a mistyped number is mended where the passcode is asked again.
 */
export default function UnavailableNotice({ model }: { model: JoinModel }) {
  const { t } = useTranslation(['meetings', 'core']);
  const { history } = useRouter();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);

  function go({ number, ...secrets }: Invitation) {
    if (number === model.number) void model.open(secrets);
    else history.push(preJoinPath({ number, ...secrets }));
  }

  return (
    <div className="flex flex-col gap-6">
      <div>
        <h1 ref={heading} tabIndex={-1} className="phrases text-xl font-semibold">
          {t('unavailable.title')}
        </h1>
        <p className="phrases mt-2 text-ink-500">{t('unavailable.hint')}</p>
      </div>
      <JoinForm onRead={go} />
      <div className="flex flex-wrap gap-3">
        <Link to="/" className={buttonClass({ look: 'quiet' })}>
          {t('core:common.back_home')}
        </Link>
        <Button look="quiet" onPress={() => model.askPasscode()}>
          {t('unavailable.passcode')}
        </Button>
      </div>
    </div>
  );
}
