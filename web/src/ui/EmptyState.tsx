import type { ReactNode } from 'react';

interface EmptyStateProps {
  icon: ReactNode;
  /** One sentence that says what will be here. */
  text: string;
  /** The one action that fills it. */
  children?: ReactNode;
}

export function EmptyState({ icon, text, children }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-4 px-6 py-14 text-center text-ink-500">
      <span aria-hidden className="flex size-12 items-center justify-center rounded-full bg-tint text-link">
        {icon}
      </span>
      <p className="phrases">{text}</p>
      {children}
    </div>
  );
}
