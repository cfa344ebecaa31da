import type { ReactNode } from 'react';

interface ErrorStateProps {
  title: string;
  /** The cause in the user's words and what to do next. */
  hint: string;
  /** The one action that helps. */
  children?: ReactNode;
  /** It is all that the page shows: its title is the page's. */
  isPage?: boolean;
}

export function ErrorState({ title, hint, children, isPage = false }: ErrorStateProps) {
  return (
    <div
      role="alert"
      className={`flex flex-col items-center gap-3 text-center ${isPage ? '' : 'px-6 py-12'}`}
    >
      {isPage ? (
        <h1 className="phrases text-xl font-semibold">{title}</h1>
      ) : (
        <p className="phrases text-md font-semibold">{title}</p>
      )}
      <p className="phrases max-w-prose text-ink-500">{hint}</p>
      {children && <div className="mt-2">{children}</div>}
    </div>
  );
}
