import type { LucideIcon } from 'lucide-react';
import type { ComponentType } from 'react';
import type { RosterEntry } from './protocol';
import type { LiveFeatures, LiveState } from './state';

/** A panel at the side of the meeting: one is open at a time. */
export interface RoomPanel {
  id: string;
  icon: LucideIcon;
  /** Key of the word on its button and in its heading, with its namespace. */
  label: string;
  /** Opened so often that its button stays in a narrow bar, where the others lie behind 更多. */
  isMain?: boolean;
  /** A figure at its button; in words for whoever has the button read out. */
  Badge?: ComponentType<{ inWords?: boolean }>;
  Panel: ComponentType;
}

/** A piece of the room that is about one person. */
export type OfPerson = ComponentType<{ person: RosterEntry }>;

/** Asked of whoever leaves, before they do. */
export interface LeaveQuestion {
  isAsked: (live: LiveState) => boolean;
  /** Leaves by itself, or is closed. */
  Question: ComponentType<{ onClose: () => void }>;
}

/** What a feature plugs into a meeting; its code is fetched with the meeting's page. */
export interface RoomPart {
  live?: LiveFeatures[number];
  /** The pictures of the people; one feature draws them. */
  Stage?: ComponentType;
  panels?: readonly RoomPanel[];
  /** Buttons at the right of the room's head: how the meeting is shown. */
  Head?: ComponentType;
  /** Buttons in the bar, before those of the panels: `BarButton`, `BarChoices`. A narrow bar has them behind 更多. */
  Bar?: ComponentType;
  /** Over the picture of each person. */
  Tile?: OfPerson;
  /** Above the list of members, and in each row of it. */
  Members?: ComponentType;
  Member?: OfPerson;
  /** What is told above the bar. */
  Notices?: ComponentType;
  /** One feature asks. */
  leave?: LeaveQuestion;
  /** Sentences for screen readers and the notice at the foot of the page. */
  Announcements?: ComponentType;
  /** Code that is drawn later, such as a dialog's: fetched while the meeting runs. */
  later?: ReadonlyArray<() => Promise<unknown>>;
}
