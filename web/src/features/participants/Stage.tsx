import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { RosterEntry } from '@/core/live/protocol';
import { useLive } from '@/room';
import { bestGrid, DESKTOP_GRID, pageOf, PHONE_GRID, type GridShape } from '@/media';
import { PlainButton } from '@/ui/Button';
import { SharedScreen } from './SharedScreen';
import { shownPeople, stageView } from './state';
import { Tile } from './Tile';
import { usePeople, useSharer } from './useParticipants';
import { useSize, type Size } from './useSize';
import { useSpeaker } from './useSpeaker';

const PHONE_BELOW_PX = 640;
const PAGE_DESKTOP = 9;
const PAGE_PHONE = 6;
/** Beside a shared screen: the width of the column on wide screens, the height of the row on phones. */
const COLUMN_PX = 208;
const ROW_PX = 96;
const TILE_RATIO = 16 / 9;

/** The people as a grid; a shared screen, or whoever speaks, with the people beside it. */
export function Stage() {
  const people = usePeople();
  const you = useLive((live) => live.you.seat);
  const sharer = useSharer();
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const { mode, isSelfShown } = useStore(stageView);
  const shown = useMemo(() => shownPeople(people, you, isSelfShown), [people, you, isSelfShown]);
  const isPhone = size.width < PHONE_BELOW_PX;
  return (
    <div ref={frame} className="relative mx-2 mb-1 min-h-0 grow">
      {sharer ? (
        <Beside people={firstOf(sharer, shown)} isPhone={isPhone}>
          <SharedScreen sharer={sharer} />
        </Beside>
      ) : mode === 'speaker' && people.length > 1 ? (
        <Speaker people={people} shown={shown} isPhone={isPhone} />
      ) : (
        <Gallery people={shown} size={size} />
      )}
    </div>
  );
}

/** Who shares comes first, so that their face stays beside their screen. */
function firstOf(sharer: RosterEntry, people: readonly RosterEntry[]): readonly RosterEntry[] {
  return [sharer, ...people.filter(({ seat }) => seat !== sharer.seat)];
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

interface BesideProps {
  people: readonly RosterEntry[];
  isPhone: boolean;
  children: ReactNode;
}

/** One picture large, the people in a column beside it, on phones in a row below. */
function Beside({ people, isPhone, children }: BesideProps) {
  const { t } = useTranslation('participants');
  const [width, height] = isPhone ? [ROW_PX * TILE_RATIO, ROW_PX] : [COLUMN_PX, COLUMN_PX / TILE_RATIO];
  return (
    <div className={`absolute inset-0 flex gap-2 ${isPhone ? 'flex-col' : 'flex-row'}`}>
      {children}
      {people.length > 0 && (
        <div
          role="group"
          aria-label={t('members')}
          className={`flex shrink-0 gap-2 p-0.5 ${
            isPhone ? 'flex-row justify-center-safe overflow-x-auto' : 'flex-col overflow-y-auto'
          }`}
        >
          {people.map((person) => (
            <Tile key={person.seat} person={person} width={width} height={height} />
          ))}
        </div>
      )}
    </div>
  );
}

interface SpeakerProps {
  /** Everybody, and those whose pictures are shown. */
  people: readonly RosterEntry[];
  shown: readonly RosterEntry[];
  isPhone: boolean;
}

function Speaker({ people, shown, isPhone }: SpeakerProps) {
  const seat = useSpeaker(people);
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const speaker = people.find((person) => person.seat === seat);
  const { width, height } = bestGrid(1, size.width, size.height, shapeFor(isPhone, 1));
  return (
    <Beside people={shown.filter((person) => person.seat !== seat)} isPhone={isPhone}>
      <div ref={frame} className="flex min-h-0 min-w-0 grow items-center justify-center">
        {speaker && <Tile key={seat} person={speaker} width={width} height={height} />}
      </div>
    </Beside>
  );
}
