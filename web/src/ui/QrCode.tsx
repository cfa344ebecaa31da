import { useEffect, useState } from 'react';
import type { Bitmap2D } from 'lean-qr';

/** ISO/IEC 18004 §5.3.8: modules of white around the code. */
const QUIET_ZONE = 4;

interface Drawing {
  size: number;
  path: string;
}

/** Black on white in every theme: not every camera reads the reverse. The encoder comes when it is needed. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const [drawing, setDrawing] = useState<Drawing>();
  useEffect(() => {
    let isShown = true;
    void import('lean-qr')
      .then(({ generate }) => isShown && setDrawing(draw(generate(text))))
      .catch(() => undefined); // the text stands beside it
    return () => {
      isShown = false;
    };
  }, [text]);
  if (!drawing) return <div className="aspect-square w-full max-w-44 self-center" />;
  const edge = drawing.size + 2 * QUIET_ZONE;
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`${-QUIET_ZONE} ${-QUIET_ZONE} ${edge} ${edge}`}
      shapeRendering="crispEdges"
      className="w-full max-w-44 self-center rounded-field bg-white text-black"
    >
      <path d={drawing.path} fill="currentColor" />
    </svg>
  );
}

/** One square a module. */
function draw(code: Bitmap2D): Drawing {
  const squares: string[] = [];
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      if (code.get(x, y)) squares.push(`M${x} ${y}h1v1h-1z`);
    }
  }
  return { size: code.size, path: squares.join('') };
}
