import type { AnyRoute } from '@tanstack/react-router';
import type { LucideIcon } from 'lucide-react';
import type { Language, Strings } from './i18n';
import type { RoomPart } from './live/part';

/** A word list of a feature in one language: the parsed zh.json or en.json. */
export type Words = Record<string, unknown>;

/** `meetings:nav` and the like: the word `nav` of a feature. */
type NavKey = {
  [Name in keyof Strings]: Strings[Name] extends { nav: string } ? `${Name}:nav` : never;
}[keyof Strings];

export interface NavItem {
  /** Path of the page, as registered by the feature's routes. */
  to: string;
  icon: LucideIcon;
  label: NavKey;
  /** The left navigation of wide screens, the bottom bar of phones, the menu behind one's own avatar. */
  places: ReadonlyArray<'side' | 'bottom' | 'account'>;
}

/** What a feature plugs into the page; `app/features.ts` lists every one. */
export interface Feature {
  /** Folder, server feature and i18n namespace have this name; of the page's own, `landing` and `room`, no server feature. */
  name: string;
  /** Children of `rootRoute`: the page is theirs alone. */
  routes?: readonly AnyRoute[];
  /** Children of `signedInRoute`: under `/app`, with navigation around them. */
  appRoutes?: readonly AnyRoute[];
  nav?: readonly NavItem[];
  /** Loaded when a page of the feature is opened, never before. */
  strings: Record<Language, () => Promise<{ default: Words }>>;
  /** What it adds to a meeting. */
  room?: () => Promise<{ default: RoomPart }>;
}
