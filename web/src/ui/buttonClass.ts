export type ButtonLook = 'primary' | 'secondary' | 'quiet' | 'danger';
export type ButtonSize = 'small' | 'medium' | 'large';

const BASE =
  'inline-flex shrink-0 items-center justify-center gap-2 rounded-field font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed aria-busy:cursor-progress aria-busy:opacity-70';

const LOOKS: Record<ButtonLook, string> = {
  primary:
    'bg-brand-500 text-white hover:bg-brand-600 active:bg-brand-700 disabled:bg-tint-strong disabled:text-on-tint',
  secondary:
    'border border-line bg-surface text-ink-900 hover:bg-hover active:bg-line disabled:text-ink-500 disabled:bg-ground',
  quiet: 'text-ink-700 hover:bg-hover active:bg-line disabled:text-ink-500',
  // Tailwind's own `brightness-95` brings all of its filters into the first load.
  danger:
    'bg-danger text-white hover:[filter:brightness(95%)] active:[filter:brightness(90%)] disabled:opacity-60',
};

const SIZES: Record<ButtonSize, string> = {
  small: 'h-9 px-4 text-sm',
  medium: 'h-11 px-4 text-sm',
  large: 'h-12 px-6 text-sm',
};

interface ButtonClassOptions {
  look?: ButtonLook | undefined;
  size?: ButtonSize | undefined;
  className?: string | undefined;
}

/** The look of a button, also for links that are drawn as one. */
export function buttonClass({
  look = 'secondary',
  size = 'medium',
  className = '',
}: ButtonClassOptions): string {
  return `${BASE} ${LOOKS[look]} ${SIZES[size]} ${className}`;
}
