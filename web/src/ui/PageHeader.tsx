import type { ReactNode } from 'react';
import { PageTitle } from './PageTitle';

interface PageHeaderProps {
  title: string;
  /** Title of the browser tab, when it is another one. */
  tabTitle?: string;
  subtitle?: ReactNode;
}

export function PageHeader({ title, tabTitle = title, subtitle }: PageHeaderProps) {
  return (
    <header>
      <PageTitle title={tabTitle} />
      <h1 className="text-xl font-semibold">{title}</h1>
      {subtitle && <p className="mt-1 text-ink-500">{subtitle}</p>}
    </header>
  );
}
