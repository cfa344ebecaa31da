import { useTranslation } from 'react-i18next';

/** The browser tab's title: the page, then the product. */
export function PageTitle({ title }: { title?: string }) {
  const { t } = useTranslation();
  return <title>{title ? `${title} - ${t('product')}` : t('product')}</title>;
}
