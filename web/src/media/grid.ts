/** Tile layout by the largest-tile rule: try every column count, keep the one with the largest tile. */

export interface Grid {
  cols: number;
  rows: number;
  /** CSS pixels. */
  width: number;
  height: number;
}

export interface GridShape {
  gap: number;
  /** Width to height of a tile: the widest and the tallest that is allowed. */
  widest: number;
  tallest: number;
  /** A phone that is held upright keeps two columns. */
  cols?: number;
}

export const DESKTOP_GRID: GridShape = { gap: 8, widest: 16 / 9, tallest: 16 / 9 };
export const PHONE_GRID: GridShape = { gap: 8, widest: 1.2, tallest: 0.72 };

const PHONE_BELOW_PX = 640;

interface Stage {
  width: number;
  height: number;
}

export function isPhoneStage({ width }: Stage): boolean {
  return width < PHONE_BELOW_PX;
}

/** Whether the people stand in a row below a large picture, which has the whole width then, and not in a column beside it. */
export function isRowBelow(stage: Stage): boolean {
  return isPhoneStage(stage) || stage.height >= stage.width;
}

/** How tiles for `count` people may stand on a stage. */
export function shapeFor(stage: Stage, count: number): GridShape {
  if (!isPhoneStage(stage)) return DESKTOP_GRID;
  const isUpright = stage.height >= stage.width;
  return isUpright && count > 2 ? { ...PHONE_GRID, cols: 2 } : PHONE_GRID;
}

/** The largest tiles for `count` people in `width` × `height` CSS pixels. */
export function bestGrid(
  count: number,
  width: number,
  height: number,
  shape: GridShape = DESKTOP_GRID,
): Grid {
  let best: Grid = { cols: 1, rows: Math.max(count, 1), width: 0, height: 0 };
  for (let cols = 1; cols <= Math.max(count, 1); cols += 1) {
    if (shape.cols !== undefined && cols !== Math.min(shape.cols, Math.max(count, 1))) continue;
    const rows = Math.ceil(Math.max(count, 1) / cols);
    const tile = fit(
      (width - shape.gap * (cols - 1)) / cols,
      (height - shape.gap * (rows - 1)) / rows,
      shape,
    );
    if (tile.width * tile.height > best.width * best.height) best = { cols, rows, ...tile };
  }
  return best;
}

function fit(
  width: number,
  height: number,
  { widest, tallest }: GridShape,
): { width: number; height: number } {
  const tileWidth = Math.max(0, Math.min(width, height * widest));
  return { width: tileWidth, height: Math.max(0, Math.min(height, tileWidth / tallest)) };
}

/** How many tiles stand in a row or column of `length` CSS pixels; one that is too long for it stands alone. */
export function fitting(length: number, tile: number, gap: number): number {
  return Math.max(1, Math.floor((length + gap) / (tile + gap)));
}

/** Splits people into pages; a page that no longer exists becomes the last one. */
export function pageOf<T>(
  all: readonly T[],
  size: number,
  page: number,
): { items: readonly T[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const current = Math.min(Math.max(page, 0), pages - 1);
  return { items: all.slice(current * size, (current + 1) * size), page: current, pages };
}
