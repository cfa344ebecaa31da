import { useEffect, useState, type ReactNode } from 'react';
import { LogIn, Video } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useRouter } from '@tanstack/react-router';
import { late } from '@/core/chunks/late';
import { takeMeetingStart } from '@/core/continuation';
import { currentLanguage } from '@/core/i18n';
import { errorText } from '@/core/errors';
import { useSession } from '@/core/session';
import { PlainButton } from '@/ui/Button';
import { Guarded } from '@/ui/Guarded';
import { PageHeader } from '@/ui/PageHeader';
import { JoinForm } from './JoinForm';
import { partOfDay, todayLine } from './previous';
import { PreviousMeetings } from './PreviousMeetings';
import { useQuickMeeting } from './useQuickMeeting';

const Dialog = late(() => import('@/ui/Dialog'));

export default function DashboardPage(): ReactNode {
  const { t } = useTranslation('meetings');
  const name = useSession()?.account?.name ?? '';
  const [now] = useState(() => new Date());
  return (
    <div className="flex flex-col gap-8">
      <PageHeader
        title={t(`dashboard.greeting.${partOfDay(now)}`, { name })}
        tabTitle={t('dashboard.title')}
        subtitle={todayLine(now, currentLanguage())}
      />
      <Actions />
      <PreviousMeetings />
    </div>
  );
}

function Actions() {
  const { t } = useTranslation('meetings');
  const quick = useQuickMeeting();
  const { history } = useRouter();
  const [isJoining, setJoining] = useState(false);
  const start = quick.mutate;
  useEffect(() => {
    if (takeMeetingStart(history)) start();
  }, [history, start]);
  return (
    <div>
      <div className="grid grid-cols-2 gap-3 sm:gap-4">
        <ActionCard
          solid
          icon={<Video aria-hidden className="size-6" />}
          label={t('quick.action')}
          hint={t('dashboard.quick_hint')}
          isPending={quick.isPending}
          onPress={() => start()}
        />
        <ActionCard
          icon={<LogIn aria-hidden className="size-6" />}
          label={t('join.action')}
          hint={t('dashboard.join_hint')}
          onPress={() => setJoining(true)}
        />
      </div>
      {quick.error && (
        <p role="alert" className="mt-3 text-xs text-danger-text">
          {errorText(quick.error)}
        </p>
      )}
      {isJoining && (
        <Guarded onFailed={() => setJoining(false)}>
          <Dialog isOpen onOpenChange={setJoining} title={t('join.action')}>
            <p className="mt-1 mb-5 text-xs text-ink-500">{t('join.hint')}</p>
            <JoinForm autoFocus />
          </Dialog>
        </Guarded>
      )}
    </div>
  );
}

interface ActionCardProps {
  icon: ReactNode;
  label: string;
  hint: string;
  onPress: () => void;
  solid?: boolean;
  isPending?: boolean;
}

const SOLID = 'border border-transparent bg-brand-500 text-white hover:bg-brand-600 active:bg-brand-700';
const PLAIN = 'border border-line bg-surface text-ink-900 hover:border-focus active:bg-tint';

function ActionCard({ icon, label, hint, onPress, solid = false, isPending = false }: ActionCardProps) {
  return (
    <PlainButton
      onPress={onPress}
      isPending={isPending}
      className={`flex flex-col items-start gap-3 rounded-card p-4 text-left sm:p-5 shadow-card transition-colors ${solid ? SOLID : PLAIN}`}
    >
      {icon}
      <span>
        <span className="block font-medium sm:text-md">{label}</span>
        <span className={`block text-xs max-sm:hidden ${solid ? 'text-white' : 'text-ink-500'}`}>{hint}</span>
      </span>
    </PlainButton>
  );
}
