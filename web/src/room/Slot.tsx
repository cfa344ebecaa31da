import type { RosterEntry } from '@/core/live/protocol';
import { Guarded } from '@/ui/Guarded';
import { useRoom } from './context';

/** What the features have for this place of the room; a piece that fails takes nothing else with it. */
export function Slot({ name }: { name: 'Head' | 'Bar' | 'Members' | 'Notices' | 'Announcements' }) {
  return useRoom().stay.parts.map(({ [name]: Piece }, index) => {
    return (
      Piece && (
        <Guarded key={index}>
          <Piece />
        </Guarded>
      )
    );
  });
}

/** The same for what is said of one person. */
export function PersonSlot({ name, person }: { name: 'Tile' | 'Member'; person: RosterEntry }) {
  return useRoom().stay.parts.map(({ [name]: Piece }, index) => {
    return (
      Piece && (
        <Guarded key={index}>
          <Piece person={person} />
        </Guarded>
      )
    );
  });
}
