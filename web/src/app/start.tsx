import { startTransition, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { features } from './features';
import { router } from './router';
import { queryClient } from '@/core/api/query';
import { watchChunks } from '@/core/chunks';
import { startI18n } from '@/core/i18n';
import { sessionQuery } from '@/core/session';
import { showTheme } from '@/core/theme';

/** What index.html shows meanwhile stays until there is something better, be it that the page is loading. */
const PENDING_MS = 1000;

/** Throws when the words did not come. */
export async function start(): Promise<void> {
  showTheme();
  watchChunks();
  void queryClient.prefetchQuery(sessionQuery);
  await startI18n(features);
  await Promise.race([router.load(), new Promise((resolve) => setTimeout(resolve, PENDING_MS))]);
  const root = document.getElementById('root');
  if (!root) throw new Error('index.html has no #root');
  const page = createRoot(root);
  // In slices: a phone answers to touch meanwhile.
  startTransition(() =>
    page.render(
      <StrictMode>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </StrictMode>,
    ),
  );
}
