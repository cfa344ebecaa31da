import { useState } from 'react';
import { flushSync } from 'react-dom';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { answer, api } from '@/core/api/client';
import { useContinuation } from '@/core/continuation';
import { ApiError, errorText, isCode, retryAfter } from '@/core/errors';
import { consentTo, sessionChanged, sessionQuery } from '@/core/session';
import { afterSignIn, codeDigits, internationalPhone, pendingRegistration, phoneRefusal } from './state';
import { useCountdown } from './useCountdown';

/** Errors by the field that they stand under. */
interface FieldErrors {
  phone?: string | undefined;
  code?: string | undefined;
  form?: string | undefined;
}

const CODE_REFUSALS = new Set(['code_wrong', 'code_worn_out', 'code_missing']);

function placed(error: unknown): FieldErrors {
  const text = errorText(error);
  if (!(error instanceof ApiError)) return { form: text };
  if (error.code === 'phone_invalid') return { phone: text };
  if (CODE_REFUSALS.has(error.code)) return { code: text };
  return { form: text };
}

function codeRefusal(typed: string | undefined): ApiError | null {
  return typed !== undefined && codeDigits(typed) === '' ? new ApiError('code_missing', 0, {}) : null;
}

/** What was refused last; `onConsentOutdated`: the texts that were agreed to are in force no more. */
function useFieldErrors(onConsentOutdated: () => void) {
  const queryClient = useQueryClient();
  const [errors, setErrors] = useState<FieldErrors>({});

  function failed(error: unknown): void {
    if (isCode(error, 'consent_required')) {
      void queryClient.invalidateQueries(sessionQuery);
      onConsentOutdated();
    }
    setErrors(placed(error));
  }

  const forget = () => setErrors({});

  /** Whether what was typed can be used at all; what is wrong with it is said. */
  function isTyped(phone: string, code?: string): boolean {
    const refusal = phoneRefusal(phone) ?? codeRefusal(code);
    // Drawn in between: the same words once more take the focus to their field again.
    flushSync(forget);
    if (refusal) failed(refusal);
    return refusal === null;
  }

  return { errors, failed, forget, isTyped };
}

/** Asking for a code, and signing in with it. */
export function useSignIn(next: string | undefined, onConsentOutdated: () => void) {
  const queryClient = useQueryClient();
  const router = useRouter();
  const navigate = useNavigate();
  const continuation = useContinuation();
  const { errors, failed, forget, isTyped } = useFieldErrors(onConsentOutdated);
  const countdown = useCountdown();

  const consented = async () => consentTo(await queryClient.ensureQueryData(sessionQuery));

  const sendCode = useMutation({
    mutationFn: async (typed: string) => {
      const body = { phone: internationalPhone(typed), consent: await consented() };
      return answer(api.POST('/api/auth/code', { body }));
    },
    onMutate: forget,
    onSuccess: ({ retry_after }, typed) => {
      countdown.start(internationalPhone(typed), retry_after);
    },
    onError: (error, typed) => {
      const seconds = retryAfter(error);
      if (seconds !== undefined) countdown.start(internationalPhone(typed), seconds);
      failed(error);
    },
  });

  const signIn = useMutation({
    mutationFn: async ({ phone, code }: { phone: string; code: string }) => {
      const body = { phone: internationalPhone(phone), code: codeDigits(code) };
      return answer(api.POST('/api/auth/login', { body }));
    },
    onMutate: forget,
    onError: failed,
    onSuccess: async (result) => {
      if (result.status === 'signed_in') {
        await sessionChanged(queryClient);
        router.history.replace(afterSignIn(next), continuation);
        return;
      }
      pendingRegistration.setState({
        current: { registration: result.registration, consent: await consented() },
      });
      await navigate({ to: '/register', search: next ? { next } : {}, state: continuation, replace: true });
    },
  });

  return { sendCode, signIn, errors, forget, countdown, isTyped };
}
