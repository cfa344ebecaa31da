import { useTranslation } from 'react-i18next';

const LINK = 'text-link underline underline-offset-4 hover:no-underline';

/** Some words and the two texts; they open beside the page, so that nothing typed is lost. */
export function ConsentWords({ before }: { before: string }) {
  const { t } = useTranslation('policy');
  return (
    <>
      {before}
      <a href="/terms" target="_blank" rel="noreferrer" className={LINK}>
        {t('consent.terms')}
      </a>
      {t('consent.and')}
      <a href="/privacy" target="_blank" rel="noreferrer" className={LINK}>
        {t('consent.privacy')}
      </a>
    </>
  );
}
