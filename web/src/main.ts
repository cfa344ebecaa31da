import { startFailed } from './core/chunks/start';
import './ui/theme.css';

/** Where nothing is painted, in a tab behind others, nothing is waited for long. */
const UNPAINTED_MS = 200;

/** The page's code takes a phone a while: what index.html shows is to stand there meanwhile. */
function firstPaint(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, UNPAINTED_MS);
  });
}

try {
  await firstPaint();
  // Half of the base by itself, for a phone answers to touch between the two.
  await import('react-dom/client');
  await new Promise((resolve) => setTimeout(resolve));
  const { start } = await import('./app/start');
  await start();
} catch (error) {
  startFailed();
  throw error;
}
