import i18next from 'i18next';
import { Component, Suspense, type ReactNode } from 'react';
import { announce } from '@/core/announce';

interface GuardedProps {
  /** Drawn instead of what failed; without it a notice says so. */
  instead?: ReactNode;
  onFailed?: () => void;
  children: ReactNode;
}

/** Around a part whose code comes late: when it fails, the page around it goes on. */
export class Guarded extends Component<GuardedProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override componentDidCatch() {
    if (this.props.instead === undefined) announce(i18next.t('core:page.incomplete'));
    this.props.onFailed?.();
  }

  override render() {
    const { instead = null, children } = this.props;
    return this.state.hasFailed ? instead : <Suspense>{children}</Suspense>;
  }
}
