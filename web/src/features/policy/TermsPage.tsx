import type { ReactNode } from 'react';
import { PolicyReader } from './PolicyReader';

export default function TermsPage(): ReactNode {
  return <PolicyReader kind="terms" />;
}
