import type { RoomPart } from '@/core/live/part';
import { Announcements } from './Announcements';
import { ReactionMark } from './ReactionMark';
import { ReactionsButton } from './ReactionsButton';
import { reactionsState } from './state';

const part: RoomPart = {
  live: reactionsState,
  Bar: ReactionsButton,
  Tile: ReactionMark,
  Announcements,
};

export default part;
