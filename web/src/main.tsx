import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { features } from './app/features';
import { router } from './app/router';
import { queryClient } from './core/api/query';
import { watchChunks } from './core/chunks';
import { startI18n } from './core/i18n';
import { sessionQuery } from './core/session';
import { showTheme } from './core/theme';
import './ui/theme.css';

showTheme();
watchChunks();
void queryClient.prefetchQuery(sessionQuery);

await startI18n(features);
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
