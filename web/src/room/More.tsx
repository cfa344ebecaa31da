import { useState, type ReactNode } from 'react';
import { Ellipsis } from 'lucide-react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { late } from '@/core/chunks/late';
import { BarButton } from '@/ui/BarButton';
import { Guarded } from '@/ui/Guarded';
import { MoreContext } from '@/ui/more';
import { BAR_IDS, focusBar } from './bar-focus';

const Dialog = late(() => import('@/ui/Dialog'));

/** What a narrow bar has no room for: a sheet from below, behind one button. */
export function More({ children }: { children: ReactNode }) {
  const { t } = useTranslation('room');
  const [isOpen, setOpen] = useState(false);

  function close(act?: () => void) {
    flushSync(() => setOpen(false));
    // Before the act: a panel that it opens takes the focus.
    focusBar(BAR_IDS.more);
    act?.();
  }

  return (
    <>
      <BarButton
        id={BAR_IDS.more}
        aria-haspopup="dialog"
        icon={Ellipsis}
        word={t('more')}
        isPressed={isOpen}
        onPress={() => setOpen(true)}
      />
      {isOpen && (
        <Guarded onFailed={() => setOpen(false)}>
          <Dialog isOpen look="stage" title={t('more')} onOpenChange={() => close()}>
            <MoreContext value={close}>
              <div className="-mx-3 mt-3 flex flex-col gap-1">{children}</div>
            </MoreContext>
          </Dialog>
        </Guarded>
      )}
    </>
  );
}
