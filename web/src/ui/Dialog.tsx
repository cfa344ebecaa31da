import type { ReactNode } from 'react';
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { PlainButton } from './Button';

export interface DialogProps {
  title: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  children: ReactNode;
  /** `alertdialog` asks for a decision; Escape and a press outside still mean "no". */
  role?: 'dialog' | 'alertdialog';
  /** `stage`: of the dark room, and a sheet at every width. */
  look?: keyof typeof LOOKS;
}

const LOOKS = {
  page: { place: 'sm:items-center sm:p-6', sheet: 'sm:max-w-md sm:rounded-hero' },
  stage: { place: '', sheet: 'on-stage border-t border-line' },
};

/** A dialog in the middle of wide screens, a sheet at the foot of phones. Load it lazily. */
export default function Dialog({
  title,
  isOpen,
  onOpenChange,
  children,
  role = 'dialog',
  look = 'page',
}: DialogProps) {
  const { t } = useTranslation();
  return (
    <I18nProvider locale={document.documentElement.lang}>
      <ModalOverlay
        isOpen={isOpen}
        onOpenChange={onOpenChange}
        isDismissable
        className={`fixed inset-0 z-40 flex items-end justify-center bg-stage/60 ${LOOKS[look].place}`}
      >
        <Modal
          className={`max-h-full w-full overflow-y-auto rounded-t-hero bg-surface shadow-popover ${LOOKS[look].sheet}`}
        >
          <AriaDialog
            role={role}
            className="relative p-6 pb-[max(1.5rem,env(safe-area-inset-bottom))] outline-none"
          >
            <Heading slot="title" className="phrases pr-10 text-lg font-semibold">
              {title}
            </Heading>
            {role === 'dialog' && (
              <PlainButton
                aria-label={t('common.close')}
                onPress={() => onOpenChange(false)}
                className="absolute top-4 right-4 flex size-10 items-center justify-center rounded-full text-ink-500 hover:bg-hover"
              >
                <X aria-hidden className="size-5" />
              </PlainButton>
            )}
            {children}
          </AriaDialog>
        </Modal>
      </ModalOverlay>
    </I18nProvider>
  );
}
