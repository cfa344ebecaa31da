import { useTranslation } from 'react-i18next';
import { Link } from '@tanstack/react-router';
import { useSession } from '@/core/session';

/** The law links and who operates this installation. */
export function SiteFooter() {
  const { t } = useTranslation();
  const session = useSession();
  const operator = session?.operator;
  const contacts = [operator?.phone, operator?.email, operator?.address].filter(Boolean);
  return (
    <footer className="border-t border-line text-xs text-ink-500">
      <div className="mx-auto flex w-full max-w-300 flex-wrap justify-between gap-x-8 gap-y-3 px-6 py-8">
        <address className="not-italic">
          {operator?.name && (
            <span className="text-ink-700">{t('footer.operator', { name: operator.name })}</span>
          )}
          {contacts.length > 0 && <span className="block">{contacts.join(' · ')}</span>}
        </address>
        <nav aria-label={t('footer.legal')} className="flex gap-6">
          <Link to="/privacy" className="underline-offset-4 hover:underline">
            {t('footer.privacy')}
          </Link>
          <Link to="/terms" className="underline-offset-4 hover:underline">
            {t('footer.terms')}
          </Link>
        </nav>
      </div>
    </footer>
  );
}
