import type { ReactNode } from 'react';
import { PolicyReader } from './PolicyReader';

export default function PrivacyPage(): ReactNode {
  return <PolicyReader kind="privacy" />;
}
