import { createElement, lazy, useState, type ComponentType, type ReactNode } from 'react';
import { fetchPart } from '.';

/** React's `lazy` for what may not come: whoever opens it once it has come after all, sees it. */
export function late<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>) {
  let loaded: ComponentType<Props> | undefined;
  async function fetch() {
    const part = await load();
    loaded = part.default;
    return part;
  }
  const first: ComponentType<Props> = lazy(() => fetchPart(fetch));
  function Late(props: Props): ReactNode {
    const [Content] = useState(() => loaded ?? first);
    return createElement(Content, props);
  }
  return Object.assign(Late, { preload: async () => void (await fetchPart(fetch)) });
}
