import { useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { retryAfter } from '@/core/errors';
import { useSession } from '@/core/session';
import { ConsentLine, useConsent } from '@/features/policy';
import { Button } from '@/ui/Button';
import { TextField } from '@/ui/TextField';
import { CodeButton } from './CodeButton';
import { PhoneField } from './PhoneField';
import { internationalPhone } from './state';
import { useSignIn } from './useSignIn';

interface PhoneFormProps {
  /** Word on the button: 登录 or 下一步. */
  action: string;
  next: string | undefined;
}

/** What is refused is so for one number. */
function useTypedPhone(forget: () => void) {
  const [phone, setPhone] = useState('');
  function changePhone(typed: string) {
    setPhone(typed);
    forget();
  }
  return [phone, changePhone] as const;
}

/** 手机号码 and 验证码. A number without an account goes on to 注册. */
export function PhoneForm({ action, next }: PhoneFormProps) {
  const { t } = useTranslation('accounts');
  const consent = useConsent();
  const isDemo = useSession()?.mode === 'demo';
  const [code, setCode] = useState('');
  const codeField = useRef<HTMLInputElement>(null);
  const signing = useSignIn(next, () => consent.setGiven(false));
  const { sendCode, signIn, errors, countdown, isTyped } = signing;
  const [phone, changePhone] = useTypedPhone(signing.forget);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isTyped(phone, code)) consent.withConsent(() => signIn.mutate({ phone, code }));
  }

  /** Where the button that had the focus counts down now, and takes no press. */
  function toCode(_: unknown, error: unknown) {
    if (error === null || retryAfter(error) !== undefined) codeField.current?.focus();
  }

  function askForCode() {
    if (!isTyped(phone)) return;
    consent.withConsent(() => sendCode.mutate(phone, { onSettled: toCode }));
  }

  const isSent = sendCode.isSuccess && sendCode.variables === phone;
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-5">
      <PhoneField value={phone} onChange={changePhone} error={errors.phone} />
      <TextField
        ref={codeField}
        label={t('code.label')}
        placeholder={t('code.placeholder')}
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        onChange={setCode}
        error={errors.code}
        hint={isSent && !errors.code ? t(isDemo ? 'code.demo' : 'code.sent') : undefined}
        after={
          <CodeButton
            {...countdown.of(internationalPhone(phone))}
            isPending={sendCode.isPending}
            onPress={askForCode}
          />
        }
      />
      <ConsentLine isGiven={consent.isGiven} onChange={consent.setGiven} />
      {errors.form && (
        <p role="alert" className="text-xs text-danger-text">
          {errors.form}
        </p>
      )}
      <Button type="submit" look="primary" isPending={signIn.isPending}>
        {action}
      </Button>
      {consent.sheet}
    </form>
  );
}
