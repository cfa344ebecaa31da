import { useState, type FormEvent } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { answer, api } from '@/core/api/client';
import { useContinuation } from '@/core/continuation';
import { ApiError, errorText, isCode } from '@/core/errors';
import { nameRefusal } from '@/core/names';
import { consentTo, sessionChanged, sessionQuery, useSession, type Consent } from '@/core/session';
import { ConsentLine, useConsent } from '@/features/policy';
import { Button } from '@/ui/Button';
import { TextField } from '@/ui/TextField';
import { afterSignIn, pendingRegistration, type PendingRegistration } from './state';

interface ProfileFormProps {
  pending: PendingRegistration;
  next: string | undefined;
}

/** 姓名 and 电子邮件; the address is optional where the operator keeps to what is strictly necessary. */
export function ProfileForm({ pending, next }: ProfileFormProps) {
  const { t } = useTranslation('accounts');
  const session = useSession();
  const emailIsOptional = session?.strict_necessary === true;
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const consent = useConsent();
  const register = useRegister(pending, next, () => consent.setGiven(false));
  const { error } = register;
  const code = error instanceof ApiError ? error.code : undefined;
  const text = error ? errorText(error) : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    const profile = { name: name.trim(), email: email.trim() };
    if (!register.isConsentOutdated || !session)
      return register.mutate({ ...profile, consent: pending.consent });
    consent.withConsent(() => register.mutate({ ...profile, consent: consentTo(session) }));
  }

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-5">
      <TextField
        label={t('name.label')}
        hint={t('name.why')}
        autoComplete="name"
        autoFocus
        value={name}
        onChange={setName}
        error={code === 'name_invalid' ? text : undefined}
      />
      <TextField
        label={emailIsOptional ? t('email.optional') : t('email.label')}
        hint={t('email.why')}
        type="email"
        autoComplete="email"
        value={email}
        onChange={setEmail}
        error={code === 'email_invalid' ? text : undefined}
      />
      {text && code !== 'name_invalid' && code !== 'email_invalid' && (
        <p role="alert" className="text-xs text-danger-text">
          {text}
        </p>
      )}
      {register.isConsentOutdated && <ConsentLine isGiven={consent.isGiven} onChange={consent.setGiven} />}
      <Button type="submit" look="primary" isPending={register.isPending}>
        {t('register.action')}
      </Button>
      <Button look="quiet" onPress={() => pendingRegistration.setState({ current: null })}>
        {t('register.back')}
      </Button>
      {consent.sheet}
    </form>
  );
}

interface Profile {
  name: string;
  email: string;
  consent: Consent;
}

function useRegister(
  { registration }: PendingRegistration,
  next: string | undefined,
  onConsentOutdated: () => void,
) {
  const queryClient = useQueryClient();
  const router = useRouter();
  const continuation = useContinuation();
  const [isConsentOutdated, setConsentOutdated] = useState(false);
  const register = useMutation({
    mutationFn: async ({ name, email, consent }: Profile) => {
      const refusal = nameRefusal(name);
      if (refusal) throw refusal;
      const body = { registration, name, email: email || null, consent };
      return answer(api.POST('/api/auth/register', { body }));
    },
    onSuccess: async () => {
      await sessionChanged(queryClient);
      router.history.replace(afterSignIn(next), continuation);
      pendingRegistration.setState({ current: null });
    },
    onError: (error) => {
      if (!isCode(error, 'consent_required')) return;
      // What was agreed to in the step before is not in force any more: the line is for the new texts.
      void queryClient.invalidateQueries(sessionQuery);
      setConsentOutdated(true);
      onConsentOutdated();
    },
  });
  return { ...register, isConsentOutdated };
}
