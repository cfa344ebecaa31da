import { Globe } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { currentLanguage, LANGUAGES, setLanguage } from '@/core/i18n';
import { Button } from './Button';

/** Offers the other language, in that language. */
export function LanguageSwitch({ className = '' }: { className?: string }) {
  const { t } = useTranslation();
  const other = LANGUAGES.find((language) => language !== currentLanguage()) ?? 'en';
  return (
    <Button
      look="quiet"
      aria-label={t(`languages.${other}`)}
      className={className}
      onPress={() => void setLanguage(other)}
    >
      <Globe aria-hidden className="size-4.5" />
      <span lang={other} className="max-sm:hidden">
        {t(`languages.${other}`)}
      </span>
      <span lang={other} className="sm:hidden">
        {t(`languages_short.${other}`)}
      </span>
    </Button>
  );
}
