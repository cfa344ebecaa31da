import { useTranslation } from 'react-i18next';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { announce } from '@/core/announce';
import { answer, api } from '@/core/api/client';
import { errorText, isCode } from '@/core/errors';
import { groupedNumber } from '@/core/meeting-number';
import { Button } from '@/ui/Button';
import Dialog from '@/ui/Dialog';

interface EndDialogProps {
  meeting: { number: string; topic: string };
  onClose: () => void;
  /** The list tells of it by now. */
  onEnded: () => void;
}

/** Whether to end a meeting that one is not in. Load it lazily. */
export default function EndDialog({ meeting: { number, topic }, onClose, onEnded }: EndDialogProps) {
  const { t } = useTranslation(['meetings', 'core']);
  const queryClient = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => end(number),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['meetings'] });
      announce(t('previous.ended'));
      onEnded();
    },
  });
  return (
    <Dialog isOpen onOpenChange={onClose} title={t('previous.end_title')} role="alertdialog">
      <p className="mt-3 text-ink-700 wrap-anywhere">
        {t('previous.end_text', { topic, number: groupedNumber(number) })}
      </p>
      {error !== null && (
        <p role="alert" className="mt-2 text-xs text-danger-text">
          {errorText(error)}
        </p>
      )}
      <div className="mt-6 flex flex-col gap-3 sm:flex-row-reverse">
        <Button look="danger" className="grow" isPending={isPending} onPress={() => mutate()}>
          {t('previous.end_action')}
        </Button>
        <Button className="grow" onPress={onClose}>
          {t('core:common.cancel')}
        </Button>
      </div>
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
