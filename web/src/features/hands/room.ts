import type { RoomPart } from '@/core/live/part';
import { Announcements, HandButton, HandInRow, HandMark, HandsHead } from './Hands';
import { handsState } from './state';

export default {
  live: handsState,
  Bar: HandButton,
  Tile: HandMark,
  Members: HandsHead,
  Member: HandInRow,
  Announcements,
} satisfies RoomPart;
