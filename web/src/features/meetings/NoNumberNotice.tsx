import { useTranslation } from 'react-i18next';
import { Link } from '@tanstack/react-router';
import { buttonClass } from '@/ui/buttonClass';
import { useEntryFocus } from '@/ui/useEntryFocus';
import { JoinForm } from './JoinForm';

/** An address that can lead to no meeting: nobody is asked for its passcode. */
export default function NoNumberNotice({ tried }: { tried: string }) {
  const { t } = useTranslation(['meetings', 'core']);
  const heading = useEntryFocus();
  return (
    <div className="mx-auto flex w-full max-w-md flex-col gap-6 py-6">
      <div>
        <h1 ref={heading} tabIndex={-1} className="phrases text-xl font-semibold">
          {t('no_number.title')}
        </h1>
        <p className="phrases mt-2 text-ink-500">{t('no_number.hint')}</p>
      </div>
      <JoinForm tried={tried} />
      <Link to="/" className={buttonClass({ className: 'self-start' })}>
        {t('core:common.back_home')}
      </Link>
    </div>
  );
}
