import { useTranslation } from 'react-i18next';
import { Decision } from '@/ui/Decision';
import Dialog from '@/ui/Dialog';
import { useRoom } from './context';

/** Whether to end the meeting for everybody. Load it lazily. */
export default function EndDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('room');
  const room = useRoom();
  return (
    <Dialog isOpen onOpenChange={onClose} title={t('end.title')} role="alertdialog">
      <Decision
        text={t('end.text')}
        action={t('end_meeting')}
        onDecide={() => room.endForAll()}
        onCancel={onClose}
      />
    </Dialog>
  );
}
