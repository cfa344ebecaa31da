import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/Button';
import { ANSWERS } from '@/ui/Decision';
import Dialog from '@/ui/Dialog';
import { ConsentWords } from './ConsentWords';

interface ConsentSheetProps {
  onAnswer: (isGiven: boolean) => void;
}

/** Asked when somebody goes on without having ticked the line. Escape and a press outside mean 不同意. */
export default function ConsentSheet({ onAnswer }: ConsentSheetProps) {
  const { t } = useTranslation('policy');
  return (
    <Dialog isOpen onOpenChange={() => onAnswer(false)} role="alertdialog" title={t('consent.title')}>
      <p className="mt-3 text-ink-700">
        <ConsentWords before={t('consent.ask')} />
        {t('consent.ask_end')}
      </p>
      <div className={ANSWERS}>
        <Button className="grow" onPress={() => onAnswer(false)}>
          {t('consent.refuse')}
        </Button>
        <Button look="primary" className="grow" onPress={() => onAnswer(true)}>
          {t('consent.agree')}
        </Button>
      </div>
    </Dialog>
  );
}
