import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { late } from '@/core/chunks/late';
import { Button } from '@/ui/Button';
import { Guarded } from '@/ui/Guarded';
import type { JoinModel } from './join';

const Dialog = late(() => import('@/ui/Dialog'));

interface SeatInUseDialogProps {
  model: JoinModel;
  onContinue: () => void;
  onNew: () => void;
}

/** The same account or guest is in the meeting already, in another tab or on another device. */
export function SeatInUseDialog({ model, onContinue, onNew }: SeatInUseDialogProps) {
  const { t } = useTranslation('meetings');
  const name = useStore(model.store, (view) => view.seatInUse);
  if (name === null) return null;
  return (
    <Guarded onFailed={() => model.forgetError()}>
      <Dialog
        isOpen
        role="alertdialog"
        title={t('prejoin.seat.title')}
        onOpenChange={() => model.forgetError()}
      >
        <p className="phrases mt-3 text-ink-700">{t('prejoin.seat.text', { name })}</p>
        <div className="mt-6 flex flex-col gap-3">
          <Button look="primary" onPress={onContinue}>
            {t('prejoin.seat.continue')}
          </Button>
          <Button onPress={onNew}>{t('prejoin.seat.new')}</Button>
        </div>
      </Dialog>
    </Guarded>
  );
}
