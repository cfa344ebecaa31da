import { lazy, useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, type ButtonProps } from '@/ui/Button';
import { Guarded } from '@/ui/Guarded';
import { Menu } from '@/ui/Menu';
import { useMay, useRoom } from './context';

const EndDialog = lazy(() => import('./EndDialog'));

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
