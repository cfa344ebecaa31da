import { lazy, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/Button';
import { Guarded } from '@/ui/Guarded';
import { Menu } from '@/ui/Menu';
import { errorText } from '@/core/errors';
import { useMay, useRoom } from './context';

const Dialog = lazy(() => import('@/ui/Dialog'));

/** Who may end the meeting chooses between the two; everybody else leaves at once. */
export function LeaveButton() {
  const { t } = useTranslation('room');
  const room = useRoom();
  const [isEnding, setEnding] = useState(false);
  const mayEnd = useMay('meetings.end');
  if (!mayEnd) {
    return (
      <Button look="danger" className="max-sm:px-3! sm:px-5!" onPress={() => room.leave()}>
        {t('leave')}
      </Button>
    );
  }
  return (
    <>
      <LeaveMenu onEnd={() => setEnding(true)} />
      {isEnding && (
        <Guarded onFailed={() => setEnding(false)}>
          <EndDialog onClose={() => setEnding(false)} />
        </Guarded>
      )}
    </>
  );
}

function LeaveMenu({ onEnd }: { onEnd: () => void }) {
  const { t } = useTranslation('room');
  const room = useRoom();
  return (
    <Menu
      label={t('leave_menu')}
      trigger={
        <Button look="danger" className="max-sm:px-3! sm:px-5!">
          {t('leave')}
        </Button>
      }
      items={[
        { id: 'leave', label: t('leave_meeting') },
        { id: 'end', label: t('end_meeting'), isDanger: true },
      ]}
      onAction={(id) => {
        if (id === 'leave') room.leave();
        else onEnd();
      }}
    />
  );
}

function EndDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['room', 'core']);
  const room = useRoom();
  const [isEnding, setEnding] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function end() {
    setEnding(true);
    setError(null);
    await room.endForAll().catch(setError);
    setEnding(false);
  }

  return (
    <Dialog isOpen onOpenChange={onClose} title={t('end.title')} role="alertdialog">
      <p className="mt-3 text-ink-700">{t('end.text')}</p>
      {error !== null && (
        <p role="alert" className="mt-2 text-xs text-danger-text">
          {errorText(error)}
        </p>
      )}
      <div className="mt-6 flex flex-col gap-3 sm:flex-row-reverse">
        <Button look="danger" className="grow" isPending={isEnding} onPress={() => void end()}>
          {t('end_meeting')}
        </Button>
        <Button className="grow" onPress={onClose}>
          {t('core:common.cancel')}
        </Button>
      </div>
    </Dialog>
  );
}
