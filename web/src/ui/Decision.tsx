import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '@/core/errors';
import { Button } from './Button';

/** The two answers of a dialog: the eye and Tab come last to what is asked for, whatever the width (WCAG 2.4.3). */
export const ANSWERS = 'mt-6 flex flex-col gap-3 sm:flex-row';

interface DecisionProps {
  /** What it means. */
  text: string;
  action: string;
  look?: 'primary' | 'danger';
  /** Carries it out; what it throws is said, and the question stays. */
  onDecide: () => Promise<unknown>;
  onCancel: () => void;
}

/** Inside an `alertdialog`: what it means, and whether to. */
export function Decision({ text, action, look = 'danger', onDecide, onCancel }: DecisionProps) {
  const { t } = useTranslation();
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function decide() {
    setPending(true);
    setError(null);
    await onDecide().catch(setError);
    setPending(false);
  }

  return (
    <>
      <p className="phrases mt-3 text-ink-700">{text}</p>
      {error !== null && (
        <p role="alert" className="mt-2 text-xs text-danger-text">
          {errorText(error)}
        </p>
      )}
      <div className={ANSWERS}>
        <Button className="grow" onPress={onCancel}>
          {t('common.cancel')}
        </Button>
        <Button look={look} className="grow" isPending={isPending} onPress={() => void decide()}>
          {action}
        </Button>
      </div>
    </>
  );
}
