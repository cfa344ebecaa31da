import { describe, expect, test } from 'vitest';
import { bestGrid, DESKTOP_GRID, fitting, isRowBelow, pageOf, PHONE_GRID, shapeFor } from './grid';

describe('the grid', () => {
  test.each([
    [1, 1, 1],
    [2, 2, 1],
    [3, 2, 2],
    [4, 2, 2],
    [5, 3, 2],
    [9, 3, 3],
  ])('puts %i people into %i columns and %i rows on a desktop stage', (count, cols, rows) => {
    expect(bestGrid(count, 1264, 672)).toMatchObject({ cols, rows });
  });

  test('never draws a tile beyond the stage, whatever its size', () => {
    for (let count = 1; count <= 49; count += 1) {
      for (const [width, height] of [
        [1264, 672],
        [374, 690],
        [600, 1200],
        [1900, 200],
      ] as const) {
        for (const shape of [DESKTOP_GRID, PHONE_GRID]) {
          const grid = bestGrid(count, width, height, shape);
          expect(grid.cols * grid.rows).toBeGreaterThanOrEqual(count);
          expect(grid.cols * grid.width + (grid.cols - 1) * shape.gap).toBeLessThanOrEqual(width + 0.01);
          expect(grid.rows * grid.height + (grid.rows - 1) * shape.gap).toBeLessThanOrEqual(height + 0.01);
        }
      }
    }
  });

  test('gives six people on a phone two columns of portrait tiles', () => {
    const grid = bestGrid(6, 374, 700, { ...PHONE_GRID, cols: 2 });
    expect(grid).toMatchObject({ cols: 2, rows: 3 });
    expect(grid.width / grid.height).toBeLessThan(1);
  });

  test.each([
    ['upright', 374, 690, 1],
    ['no taller than wide', 624, 260, 2],
  ])('puts two people on a small stage that is %s where they are largest', (_, width, height, cols) => {
    expect(bestGrid(2, width, height, shapeFor({ width, height }, 2))).toMatchObject({ cols });
  });

  test('gives three people two columns on an upright phone and one row on a low window', () => {
    const upright = { width: 374, height: 690 };
    const low = { width: 624, height: 260 };
    expect(bestGrid(3, 374, 690, shapeFor(upright, 3))).toMatchObject({ cols: 2, rows: 2 });
    expect(bestGrid(3, 624, 260, shapeFor(low, 3))).toMatchObject({ cols: 3, rows: 1 });
  });

  test('survives a stage without size', () => {
    expect(bestGrid(3, 0, 0).width).toBe(0);
  });
});

test.each([
  ['a phone', 374, 690, true],
  ['a phone that lies', 624, 260, true],
  ['an upright tablet', 752, 840, true],
  ['a tablet that lies', 1008, 580, false],
  ['a desktop', 1264, 672, false],
])('on %s the people stand where the large picture stays large', (_, width, height, isBelow) => {
  expect(isRowBelow({ width, height })).toBe(isBelow);
});

describe('pages of tiles', () => {
  test('a row holds as many as fit with their gaps, and never none', () => {
    expect([348, 347, 100, 0].map((length) => fitting(length, 170, 8))).toEqual([2, 1, 1, 1]);
  });

  test('a page that emptied becomes the last one', () => {
    expect(pageOf([1, 2, 3], 9, 4)).toEqual({ items: [1, 2, 3], page: 0, pages: 1 });
    expect(pageOf([1, 2, 3, 4], 3, 1)).toEqual({ items: [4], page: 1, pages: 2 });
  });
});
