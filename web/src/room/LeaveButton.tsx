import { lazy, useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, type ButtonProps } from '@/ui/Button';
import { Guarded } from '@/ui/Guarded';
import { Menu } from '@/ui/Menu';
import { errorText } from '@/core/errors';
import { useMay, useRoom } from './context';

const Dialog = lazy(() => import('@/ui/Dialog'));

/** Who may end the meeting chooses between the two; everybody else leaves at once, unless a feature has a question. */
export function LeaveButton() {
  const { t } = useTranslation('room');
  const room = useRoom();
  const [asked, setAsked] = useState<'leave' | 'end' | null>(null);
  const mayEnd = useMay('meetings.end');
  const question = room.stay.parts.find((part) => part.leave)?.leave;
  const close = () => setAsked(null);

  function leave() {
    const { live } = room.view.getState();
    if (live !== null && question?.isAsked(live)) setAsked('leave');
    else room.leave();
  }

  // In the menu a press opens it, and nothing else.
  const trigger = (
    <Button look="danger" className="max-sm:px-3! sm:px-5!" onPress={leave}>
      {t('leave')}
    </Button>
  );
  return (
    <>
      {mayEnd ? <LeaveMenu trigger={trigger} onLeave={leave} onEnd={() => setAsked('end')} /> : trigger}
      {asked === 'leave' && question && (
        // A question that does not load keeps nobody.
        <Guarded onFailed={() => room.leave()}>
          <question.Question onClose={close} />
        </Guarded>
      )}
      {asked === 'end' && (
        <Guarded onFailed={close}>
          <EndDialog onClose={close} />
        </Guarded>
      )}
    </>
  );
}

interface LeaveMenuProps {
  trigger: ReactElement<ButtonProps>;
  onLeave: () => void;
  onEnd: () => void;
}

function LeaveMenu({ trigger, onLeave, onEnd }: LeaveMenuProps) {
  const { t } = useTranslation('room');
  return (
    <Menu
      label={t('leave_menu')}
      trigger={trigger}
      items={[
        { id: 'leave', label: t('leave_meeting') },
        { id: 'end', label: t('end_meeting'), isDanger: true },
      ]}
      onAction={(id) => (id === 'leave' ? onLeave() : onEnd())}
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
