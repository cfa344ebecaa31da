import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RosterEntry } from '@/core/live/protocol';
import { useLive, useMedia } from '@/features/meetings';
import { bestGrid, DESKTOP_GRID, pageOf, PHONE_GRID, type GridShape } from '@/media';
import { PlainButton } from '@/ui/Button';
import { SharedScreen } from './SharedScreen';
import { Tile } from './Tile';
import { usePeople } from './useParticipants';
import { useSize, type Size } from './useSize';

const PHONE_BELOW_PX = 640;
const PAGE_DESKTOP = 9;
const PAGE_PHONE = 6;
/** Beside a shared screen: the width of the column on wide screens, the height of the row on phones. */
const COLUMN_PX = 208;
const ROW_PX = 96;
const TILE_RATIO = 16 / 9;

/** The people as a grid, or a shared screen with the people beside it. */
export function Stage() {
  const people = usePeople();
  const you = useLive((live) => live.you.seat);
  // Only the key of the sharer: the pictures of others may change without drawing the stage anew.
  const sharing = useMedia(({ remote }) => [...remote].find(([, videos]) => videos.screen_share)?.[0]);
  const sharer = people.find(({ media, seat }) => media === sharing && seat !== you);
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  return (
    <div ref={frame} className="relative mx-2 mb-1 min-h-0 grow">
      {sharer ? (
        <Shared sharer={sharer} people={people} isPhone={size.width < PHONE_BELOW_PX} />
      ) : (
        <Gallery people={people} size={size} />
      )}
    </div>
  );
}

function Gallery({ people, size }: { people: readonly RosterEntry[]; size: Size }) {
  const [wanted, setWanted] = useState(0);
  const isPhone = size.width < PHONE_BELOW_PX;
  const { items, page, pages } = pageOf(people, isPhone ? PAGE_PHONE : PAGE_DESKTOP, wanted);
  const grid = bestGrid(items.length, size.width, size.height, shapeFor(isPhone, items.length));
  return (
    <div className="absolute inset-0 flex items-center justify-center">
      <div
        className="flex flex-wrap content-center justify-center gap-2"
        style={{ width: Math.ceil(grid.cols * grid.width + (grid.cols - 1) * DESKTOP_GRID.gap) }}
      >
        {items.map((person) => (
          <Tile key={person.seat} person={person} width={grid.width} height={grid.height} />
        ))}
      </div>
      {pages > 1 && <Pager page={page} pages={pages} onPage={setWanted} />}
    </div>
  );
}

/** Two people on a phone stand one above the other; more of them in two columns. */
function shapeFor(isPhone: boolean, count: number): GridShape {
  if (!isPhone) return DESKTOP_GRID;
  return count > 2 ? { ...PHONE_GRID, cols: 2 } : { ...PHONE_GRID, cols: 1 };
}

function Pager({ page, pages, onPage }: { page: number; pages: number; onPage: (page: number) => void }) {
  const { t } = useTranslation('participants');
  const look =
    'absolute top-1/2 flex size-9 -translate-y-1/2 items-center justify-center rounded-full bg-stage-3';
  return (
    <>
      {page > 0 && (
        <PlainButton
          aria-label={t('previous_page')}
          className={`${look} left-1`}
          onPress={() => onPage(page - 1)}
        >
          <ChevronLeft aria-hidden className="size-5" />
        </PlainButton>
      )}
      {page < pages - 1 && (
        <PlainButton
          aria-label={t('next_page')}
          className={`${look} right-1`}
          onPress={() => onPage(page + 1)}
        >
          <ChevronRight aria-hidden className="size-5" />
        </PlainButton>
      )}
    </>
  );
}

interface SharedProps {
  sharer: RosterEntry;
  people: readonly RosterEntry[];
  isPhone: boolean;
}

/** Who shares comes first, so that their face stays beside their screen. */
function Shared({ sharer, people, isPhone }: SharedProps) {
  const { t } = useTranslation('participants');
  const faces = [sharer, ...people.filter(({ seat }) => seat !== sharer.seat)];
  const [width, height] = isPhone ? [ROW_PX * TILE_RATIO, ROW_PX] : [COLUMN_PX, COLUMN_PX / TILE_RATIO];
  return (
    <div className={`absolute inset-0 flex gap-2 ${isPhone ? 'flex-col' : 'flex-row'}`}>
      <SharedScreen sharer={sharer} />
      <div
        role="group"
        aria-label={t('members')}
        className={`flex shrink-0 gap-2 p-0.5 ${
          isPhone ? 'flex-row justify-center-safe overflow-x-auto' : 'flex-col overflow-y-auto'
        }`}
      >
        {faces.map((person) => (
          <Tile key={person.seat} person={person} width={width} height={height} />
        ))}
      </div>
    </div>
  );
}
