import { useTranslation } from 'react-i18next';
import { TextField } from '@/ui/TextField';
import { behindCountryCode, COUNTRY_CODE, isAtHome } from './state';

interface PhoneFieldProps {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** 手机号码 behind +86; a number with another country's code stands alone. */
export function PhoneField({ value, onChange, error }: PhoneFieldProps) {
  const { t } = useTranslation('accounts');
  const country = (
    <span className="figures flex h-11 items-center rounded-field border border-line bg-ground px-3 text-ink-700">
      {COUNTRY_CODE}
    </span>
  );
  return (
    <TextField
      label={t('phone.label')}
      placeholder={t('phone.placeholder')}
      type="tel"
      autoComplete="tel-national"
      value={value}
      onChange={(typed) => onChange(behindCountryCode(typed))}
      error={error}
      before={isAtHome(value) ? country : null}
    />
  );
}
