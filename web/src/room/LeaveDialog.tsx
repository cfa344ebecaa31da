import { useTranslation } from 'react-i18next';
import { Decision } from '@/ui/Decision';
import Dialog from '@/ui/Dialog';
import { useRoom } from './context';

interface LeaveDialogProps {
  /** For everybody; else the person alone leaves. */
  ends: boolean;
  onClose: () => void;
}

/** Whether to end the meeting, or to leave it after the browser's Back. Load it lazily. */
export default function LeaveDialog({ ends, onClose }: LeaveDialogProps) {
  const { t } = useTranslation('room');
  const room = useRoom();
  return (
    <Dialog isOpen onOpenChange={onClose} title={ends ? t('end.title') : t('back.title')} role="alertdialog">
      <Decision
        text={ends ? t('end.text') : t('back.text')}
        action={ends ? t('end_meeting') : t('leave_meeting')}
        onDecide={async () => (ends ? room.endForAll() : room.leave())}
        onCancel={onClose}
      />
    </Dialog>
  );
}
