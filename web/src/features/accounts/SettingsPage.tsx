import { useState, useSyncExternalStore, type ReactNode } from 'react';
import { ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from '@tanstack/react-router';
import { late } from '@/core/chunks/late';
import { currentLanguage, LANGUAGES, setLanguage, type Language } from '@/core/i18n';
import { useSession } from '@/core/session';
import { areShortcutsOn, setShortcuts, watchShortcuts } from '@/core/shortcuts';
import { currentTheme, setTheme, THEMES, type Theme } from '@/core/theme';
import { useSignOut } from '@/core/session/useSignOut';
import { Avatar } from '@/ui/Avatar';
import { Button, PlainButton } from '@/ui/Button';
import { Checkbox } from '@/ui/Checkbox';
import { Guarded } from '@/ui/Guarded';
import { PageHeader } from '@/ui/PageHeader';
import { Select } from '@/ui/Select';

const LAW_LINK = 'flex min-h-11 items-center justify-between gap-4 rounded-tile';

const Dialog = late(() => import('@/ui/Dialog'));

export default function SettingsPage(): ReactNode {
  const { t } = useTranslation(['accounts', 'core']);
  const account = useSession()?.account;
  const [isOpen, setOpen] = useState(false);
  const signOut = useSignOut();
  if (!account) return null;

  /** The sheet goes first: what is said where the server does not answer stands on the page. */
  function leave() {
    setOpen(false);
    signOut.mutate();
  }

  return (
    <div className="flex max-w-xl flex-col gap-6">
      <PageHeader title={t('settings.title')} />
      <PlainButton
        onPress={() => setOpen(true)}
        className="flex items-center gap-4 rounded-card border border-line bg-surface p-4 text-left shadow-card active:bg-tint"
      >
        <Avatar name={account.name} size="large" />
        <span className="min-w-0 grow">
          <span className="block truncate text-md font-medium">{account.name}</span>
          <span className="figures text-xs text-ink-500">{account.phone_masked}</span>
        </span>
        <ChevronRight aria-hidden className="size-5 text-ink-500" />
      </PlainButton>
      <div className="flex flex-col gap-4 rounded-card border border-line bg-surface p-4 shadow-card">
        <Select
          label={t('core:language')}
          value={currentLanguage()}
          options={LANGUAGES.map((value) => ({ value, label: t(`core:languages.${value}`) }))}
          onChange={(language) => void setLanguage(language as Language)}
        />
        <ThemeSelect />
      </div>
      <Shortcuts />
      <About />
      {isOpen && (
        <Guarded onFailed={() => setOpen(false)}>
          <Dialog isOpen onOpenChange={setOpen} title={account.name}>
            <AccountSheet onSignOut={leave} />
          </Dialog>
        </Guarded>
      )}
    </div>
  );
}

function ThemeSelect() {
  const { t } = useTranslation('accounts');
  const [theme, setChosen] = useState(currentTheme);

  function choose(chosen: Theme) {
    setTheme(chosen);
    setChosen(chosen);
  }

  return (
    <Select
      label={t('settings.theme.label')}
      value={theme}
      options={THEMES.map((value) => ({ value, label: t(`settings.theme.${value}`) }))}
      onChange={(value) => choose(value as Theme)}
    />
  );
}

function Shortcuts() {
  const { t } = useTranslation('accounts');
  const isOn = useSyncExternalStore(watchShortcuts, areShortcutsOn);
  return (
    <section
      aria-labelledby="shortcuts"
      className="rounded-card border border-line bg-surface p-4 shadow-card"
    >
      <h2 id="shortcuts" className="mb-2 text-sm font-medium">
        {t('settings.shortcuts.title')}
      </h2>
      <Checkbox isSelected={isOn} onChange={setShortcuts}>
        {t('settings.shortcuts.text')}
      </Checkbox>
    </section>
  );
}

function About() {
  const { t } = useTranslation(['accounts', 'core']);
  return (
    <section
      aria-labelledby="about"
      className="rounded-card border border-line bg-surface p-4 pb-2 shadow-card"
    >
      <h2 id="about" className="text-sm font-medium">
        {t('settings.about')}
      </h2>
      <Link to="/privacy" className={LAW_LINK}>
        {t('core:footer.privacy')}
        <ChevronRight aria-hidden className="size-5 text-ink-500" />
      </Link>
      <Link to="/terms" className={LAW_LINK}>
        {t('core:footer.terms')}
        <ChevronRight aria-hidden className="size-5 text-ink-500" />
      </Link>
    </section>
  );
}

function AccountSheet({ onSignOut }: { onSignOut: () => void }) {
  const { t } = useTranslation('accounts');
  const account = useSession()?.account;
  return (
    <>
      <dl className="mt-4 grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-2">
        <dt className="text-ink-500">{t('phone.label')}</dt>
        <dd className="figures">{account?.phone_masked}</dd>
        <dt className="text-ink-500">{t('email.label')}</dt>
        <dd className="truncate">{account?.email ?? t('email.none')}</dd>
      </dl>
      <Button className="mt-6 w-full text-danger-text" onPress={onSignOut}>
        {t('settings.sign_out')}
      </Button>
    </>
  );
}
