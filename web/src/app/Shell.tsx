import { useEffect, type ReactNode } from 'react';
import { LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import i18next from 'i18next';
import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useRouter } from '@tanstack/react-router';
import { fetchPart } from '@/core/chunks';
import type { Feature, NavItem } from '@/core/feature';
import { sessionChanged, useSession } from '@/core/session';
import { useSignOut } from '@/core/session/useSignOut';
import { Avatar } from '@/ui/Avatar';
import { LanguageSwitch } from '@/ui/LanguageSwitch';
import { Logo } from '@/ui/Logo';
import { Menu } from '@/ui/Menu';
import { PlainButton } from '@/ui/Button';
import { features } from './features';

function navOf(place: NavItem['places'][number]): NavItem[] {
  return features
    .flatMap((feature: Feature) => feature.nav ?? [])
    .filter((item) => item.places.includes(place));
}

/** Until then the page itself has the line to itself. */
const REST_AFTER_MS = 4_000;

const NAV_WORDS = features
  .filter((feature: Feature) => feature.nav !== undefined)
  .map((feature) => feature.name);

/** Around the pages under `/app`: navigation at the side of wide screens, at the foot of phones and tablets. */
export default function Shell(): ReactNode {
  const { t } = useTranslation(['core', ...NAV_WORDS]);
  useSignedOutElsewhere();
  useEffect(() => {
    const later = setTimeout(fetchRest, REST_AFTER_MS);
    return () => clearTimeout(later);
  }, []);
  return (
    <div className="flex grow bg-ground">
      <aside className="flex w-58 shrink-0 flex-col gap-8 border-r border-line bg-surface px-4 py-4 max-lg:hidden">
        <Link to="/" className="mx-2 flex self-start rounded-tile">
          <Logo name={t('product')} />
        </Link>
        <SideNav />
      </aside>
      <div className="flex min-w-0 grow flex-col">
        <TopBar />
        <main id="main" className="mx-auto w-full max-w-[67.5rem] grow px-6 py-7 max-lg:pb-28">
          <Outlet />
        </main>
      </div>
      <BottomNav />
    </div>
  );
}

const REST: readonly (() => Promise<unknown>)[] = [
  () => import('@/ui/MenuPopup'),
  () => import('@/ui/Dialog'),
];

/** Behind what can be pressed here, fetched ahead: who wants to sign out may have no network by then. */
function fetchRest(): void {
  for (const load of REST) fetchPart(load).catch(() => undefined);
}

/** A session may end in another tab, on the server or by age: nothing of that person stays on the page. */
function useSignedOutElsewhere(): void {
  const account = useSession()?.account;
  const queryClient = useQueryClient();
  const { history } = useRouter();
  useEffect(() => {
    if (account !== null) return;
    const here = history.location.href;
    void sessionChanged(queryClient);
    history.replace(`/login?next=${encodeURIComponent(here)}`);
  }, [account, queryClient, history]);
}

function SideNav() {
  const { t } = useTranslation();
  return (
    <nav aria-label={t('nav.main')} className="flex flex-col gap-1">
      {navOf('side').map((item) => (
        <Link
          key={item.to}
          to={item.to}
          activeOptions={{ exact: true }}
          className="flex h-10 items-center gap-3 rounded-tile px-3 text-ink-700 hover:bg-hover aria-[current=page]:bg-tint aria-[current=page]:font-medium aria-[current=page]:text-on-tint"
        >
          <item.icon aria-hidden className="size-4.5" />
          {i18next.t(item.label)}
        </Link>
      ))}
    </nav>
  );
}

function BottomNav() {
  const { t } = useTranslation();
  return (
    <nav
      aria-label={t('nav.main')}
      className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {navOf('bottom').map((item) => (
        <Link
          key={item.to}
          to={item.to}
          activeOptions={{ exact: true }}
          className="flex h-14 grow basis-0 flex-col items-center justify-center gap-0.5 text-xs text-ink-500 aria-[current=page]:text-link"
        >
          <item.icon aria-hidden className="size-5" />
          {i18next.t(item.label)}
        </Link>
      ))}
    </nav>
  );
}

function TopBar() {
  const { t } = useTranslation();
  return (
    <header className="flex h-16 shrink-0 items-center justify-between gap-3 border-b border-line bg-surface px-6 lg:justify-end">
      <Link to="/" className="flex rounded-tile lg:hidden">
        <Logo name={t('product')} />
      </Link>
      <div className="flex items-center gap-2">
        <LanguageSwitch />
        <AccountMenu />
      </div>
    </header>
  );
}

const SIGN_OUT = 'sign-out';

function AccountMenu() {
  const { t } = useTranslation();
  const account = useSession()?.account;
  const signOut = useSignOut();
  const { history } = useRouter();
  if (!account) return null;
  const label = t('account.menu', { name: account.name });
  return (
    <Menu
      label={label}
      trigger={
        <PlainButton aria-label={label} className="rounded-full">
          <Avatar name={account.name} />
        </PlainButton>
      }
      header={
        <div className="mb-1.5 border-b border-line px-2.5 pt-1.5 pb-3">
          <p className="font-medium">{account.name}</p>
          <p className="figures text-xs text-ink-500">{account.phone_masked}</p>
        </div>
      }
      items={[
        ...navOf('account').map((item) => ({
          id: item.to,
          label: i18next.t(item.label),
          icon: <item.icon aria-hidden className="size-4.5" />,
        })),
        { id: SIGN_OUT, label: t('account.sign_out'), icon: <LogOut aria-hidden className="size-4.5" /> },
      ]}
      onAction={(id) => (id === SIGN_OUT ? signOut.mutate() : history.push(id))}
    />
  );
}
