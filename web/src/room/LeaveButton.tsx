import { useEffect, useEffectEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRouter } from '@tanstack/react-router';
import { late } from '@/core/chunks/late';
import { Button } from '@/ui/Button';
import { Guarded } from '@/ui/Guarded';
import { Menu } from '@/ui/Menu';
import { useMay, useRoom } from './context';

const LeaveDialog = late(() => import('./LeaveDialog'));

/**
 * Nobody leaves by one press: whoever may end the meeting chooses between the two, and a feature may have a question
 * of its own. The browser's Back asks in a dialog. A menu whose code does not come keeps nobody.
 */
export function LeaveButton() {
  const { t } = useTranslation(['room', 'core']);
  const room = useRoom();
  const [asked, setAsked] = useState<'question' | 'leave' | 'end' | null>(null);
  const mayEnd = useMay('meetings.end');
  const question = room.stay.parts.find((part) => part.leave)?.leave;
  const close = () => setAsked(null);

  function isAsked() {
    const { live } = room.view.getState();
    return live !== null && question?.isAsked(live) === true;
  }

  function leave() {
    if (isAsked()) setAsked('question');
    else room.leave();
  }

  useBack(() => setAsked(isAsked() ? 'question' : 'leave'));

  const actions = { leave, end: () => setAsked('end'), cancel: close };
  const items = [
    { id: 'leave', label: t('leave_meeting') },
    mayEnd
      ? { id: 'end', label: t('end_meeting'), isDanger: true }
      : { id: 'cancel', label: t('core:common.cancel') },
  ];
  return (
    <>
      <Menu
        label={t(mayEnd ? 'leave_menu' : 'leave')}
        trigger={
          <Button look="danger" className="max-sm:px-3! sm:px-5!">
            {t('leave')}
          </Button>
        }
        items={items}
        onAction={(id) => actions[id as keyof typeof actions]()}
        onFailed={leave}
      />
      {asked === 'question' && question && (
        // A question that does not load keeps nobody.
        <Guarded onFailed={() => room.leave()}>
          <question.Question onClose={close} />
        </Guarded>
      )}
      {(asked === 'leave' || asked === 'end') && (
        <Guarded onFailed={asked === 'end' ? close : () => room.leave()}>
          <LeaveDialog ends={asked === 'end'} onClose={close} />
        </Guarded>
      )}
    </>
  );
}

/** A swipe at a phone's edge is soon done: Back is Escape to what is open, and where nothing was, it asks. */
function useBack(onBack: () => void): void {
  const { history } = useRouter();
  const newest = useEffectEvent(onBack);
  useEffect(
    () =>
      history.block({
        enableBeforeUnload: false,
        blockerFn: ({ action }) => {
          if (action !== 'BACK') return false;
          const escape = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true });
          if ((document.activeElement ?? document.body).dispatchEvent(escape)) newest();
          return true;
        },
      }),
    [history],
  );
}
