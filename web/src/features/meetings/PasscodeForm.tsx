import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from '@tanstack/react-router';
import { useStore } from 'zustand';
import { errorText } from '@/core/errors';
import { Button } from '@/ui/Button';
import { buttonClass } from '@/ui/buttonClass';
import { TextField } from '@/ui/TextField';
import type { JoinModel } from './join';

/** Asked when the link came without its fragment, or the number was typed. */
export function PasscodeForm({ model }: { model: JoinModel }) {
  const { t } = useTranslation(['meetings', 'core']);
  const error = useStore(model.store, (view) => view.error);
  const [passcode, setPasscode] = useState('');
  const [isLooking, setLooking] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setLooking(true);
    await model.tryPasscode(passcode);
    setLooking(false);
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold">{t('join.action')}</h1>
      <TextField
        label={t('prejoin.passcode')}
        hint={t('prejoin.passcode_hint')}
        inputMode="numeric"
        autoComplete="off"
        autoFocus
        value={passcode}
        onChange={(value) => {
          setPasscode(value);
          model.forgetError();
        }}
        error={error === null ? undefined : errorText(error)}
      />
      <Button type="submit" look="primary" size="large" isPending={isLooking}>
        {t('prejoin.passcode_go')}
      </Button>
      <Link to="/" className={buttonClass({ look: 'quiet' })}>
        {t('core:common.back_home')}
      </Link>
    </form>
  );
}
