import { useTranslation } from 'react-i18next';
import { useQueryClient } from '@tanstack/react-query';
import { announce } from '@/core/announce';
import { answer, api } from '@/core/api/client';
import { isCode } from '@/core/errors';
import { groupedNumber } from '@/core/meeting-number';
import { Decision } from '@/ui/Decision';
import Dialog from '@/ui/Dialog';

interface EndDialogProps {
  meeting: { number: string; topic: string };
  onClose: () => void;
  /** The list tells of it by now. */
  onEnded: () => void;
}

/** Whether to end a meeting that one is not in. Load it lazily. */
export default function EndDialog({ meeting: { number, topic }, onClose, onEnded }: EndDialogProps) {
  const { t } = useTranslation('meetings');
  const queryClient = useQueryClient();

  async function decide() {
    await end(number);
    await queryClient.invalidateQueries({ queryKey: ['meetings'] });
    announce(t('previous.ended'));
    onEnded();
  }

  return (
    <Dialog isOpen onOpenChange={onClose} title={t('previous.end_title')} role="alertdialog">
      <Decision
        text={t('previous.end_text', { topic, number: groupedNumber(number) })}
        action={t('previous.end_action')}
        onDecide={decide}
        onCancel={onClose}
      />
    </Dialog>
  );
}

/** One that has ended meanwhile is over as well. */
async function end(number: string): Promise<void> {
  try {
    await answer(api.POST('/api/meetings/{number}/end', { params: { path: { number } } }));
  } catch (error) {
    if (!isCode(error, 'meeting_not_available')) throw error;
  }
}
