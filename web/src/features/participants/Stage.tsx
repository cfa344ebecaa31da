import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { speak } from '@/core/announce';
import type { RosterEntry } from '@/core/live/protocol';
import { BAR_IDS, focusBar, useKeptFocus, useLive } from '@/room';
import { bestGrid, DESKTOP_GRID, fitting, isPhoneStage, isRowBelow, pageOf, shapeFor } from '@/media';
import { PlainButton } from '@/ui/Button';
import { SharedScreen } from './SharedScreen';
import { shownPeople, stageView } from './state';
import { Tile } from './Tile';
import { usePeople, useSharer } from './useParticipants';
import { useSize, type Size } from './useSize';
import { useSpeaker } from './useSpeaker';

const PAGE_DESKTOP = 9;
const PAGE_PHONE = 6;
/** Beside a shared screen: the width of the column on wide screens, the height of the row on upright ones. */
const COLUMN_PX = 208;
const ROW_PX = 96;
const TILE_RATIO = 16 / 9;
/** Around the tiles there, for the ring of who speaks. */
const STRIP_PADDING_PX = 2;
/** The buttons below the column. */
const PAGER_PX = 36;

/** The people as a grid; a shared screen, or whoever speaks, with the people beside it. */
export function Stage() {
  const people = usePeople();
  const you = useLive((live) => live.you.seat);
  const sharer = useSharer();
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  useKeptFocus(frame, () => focusBar(BAR_IDS.bar));
  const { mode, isSelfShown } = useStore(stageView);
  const shown = useMemo(() => shownPeople(people, you, isSelfShown), [people, you, isSelfShown]);
  return (
    <div ref={frame} className="relative mx-2 mb-1 min-h-0 grow">
      {sharer ? (
        <Beside people={firstOf(sharer, shown)} size={size}>
          <SharedScreen sharer={sharer} />
        </Beside>
      ) : mode === 'speaker' && people.length > 1 ? (
        <Speaker people={people} shown={shown} size={size} />
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
  const isPhone = isPhoneStage(size);
  const { items, page, pages } = pageOf(people, isPhone ? PAGE_PHONE : PAGE_DESKTOP, wanted);
  const grid = bestGrid(items.length, size.width, size.height, shapeFor(size, items.length));
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

interface PagerProps {
  page: number;
  pages: number;
  onPage: (page: number) => void;
  /** Below the tiles, not over them. */
  isBelow?: boolean;
}

/** Both buttons stay on every page: whoever pages by the keyboard keeps their place. */
function Pager({ page, pages, onPage, isBelow = false }: PagerProps) {
  const { t } = useTranslation('participants');
  const place = isBelow ? '' : 'absolute top-1/2 -translate-y-1/2';
  const look = `${place} flex size-9 items-center justify-center rounded-full bg-stage-3 aria-disabled:opacity-40`;

  function turn(to: number) {
    onPage(to);
    speak(t('page', { page: to + 1, pages }));
  }

  return (
    <div className={isBelow ? 'mt-auto flex justify-center gap-2' : 'contents'}>
      <PlainButton
        aria-label={t('previous_page')}
        aria-disabled={page === 0}
        className={`${look} left-1`}
        onPress={() => turn(page - 1)}
      >
        <ChevronLeft aria-hidden className="size-5" />
      </PlainButton>
      <PlainButton
        aria-label={t('next_page')}
        aria-disabled={page === pages - 1}
        className={`${look} right-1`}
        onPress={() => turn(page + 1)}
      >
        <ChevronRight aria-hidden className="size-5" />
      </PlainButton>
    </div>
  );
}

/** How many people stand beside the large picture at once. */
function stripPage(count: number, isRow: boolean, { width, height }: Size): number {
  const { gap } = DESKTOP_GRID;
  const fit = (length: number, tile: number) => fitting(length - 2 * STRIP_PADDING_PX, tile, gap);
  if (isRow) return fit(width, ROW_PX * TILE_RATIO);
  const tile = COLUMN_PX / TILE_RATIO;
  return fit(height, tile) >= count ? Math.max(1, count) : fit(height - PAGER_PX - gap, tile);
}

interface BesideProps {
  people: readonly RosterEntry[];
  /** Of the stage. */
  size: Size;
  children: ReactNode;
}

/** One picture large, the people in a column beside it, on phones and upright tablets in a row below. */
function Beside({ people, size, children }: BesideProps) {
  const { t } = useTranslation('participants');
  const [wanted, setWanted] = useState(0);
  const isRow = isRowBelow(size);
  const { items, page, pages } = pageOf(people, stripPage(people.length, isRow, size), wanted);
  const [width, height] = isRow ? [ROW_PX * TILE_RATIO, ROW_PX] : [COLUMN_PX, COLUMN_PX / TILE_RATIO];
  return (
    <div className={`absolute inset-0 flex gap-2 ${isRow ? 'flex-col' : 'flex-row'}`}>
      {children}
      {people.length > 0 && (
        <div
          role="group"
          aria-label={t('members')}
          className={`relative flex shrink-0 gap-2 p-0.5 ${
            isRow ? 'flex-row justify-center-safe overflow-x-auto' : 'flex-col overflow-y-auto'
          }`}
        >
          {items.map((person) => (
            <Tile key={person.seat} person={person} width={width} height={height} />
          ))}
          {pages > 1 && <Pager page={page} pages={pages} onPage={setWanted} isBelow={!isRow} />}
        </div>
      )}
    </div>
  );
}

interface SpeakerProps {
  /** Everybody, and those whose pictures are shown. */
  people: readonly RosterEntry[];
  shown: readonly RosterEntry[];
  size: Size;
}

function Speaker({ people, shown, size }: SpeakerProps) {
  const seat = useSpeaker(people);
  const frame = useRef<HTMLDivElement>(null);
  const free = useSize(frame);
  const speaker = people.find((person) => person.seat === seat);
  const { width, height } = bestGrid(1, free.width, free.height, shapeFor(size, 1));
  return (
    <Beside people={shown.filter((person) => person.seat !== seat)} size={size}>
      <div ref={frame} className="flex min-h-0 min-w-0 grow items-center justify-center">
        {speaker && <Tile key={seat} person={speaker} width={width} height={height} />}
      </div>
    </Beside>
  );
}
