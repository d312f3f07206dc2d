import { fileURLToPath } from 'node:url';
import type * as CanvasLibrary from '@napi-rs/canvas';

/** Draws pictures for messages. */
export interface Draw {
  /** Makes a PNG of an SVG at twice its size; `undefined` when that does not work, or not in time. */
  (svg: string): Promise<Uint8Array | undefined>;
  /** Loads the library ahead, so that the first message does not wait for it. */
  readonly warm: () => void;
}

/** ms: a picture that takes longer is sent without. */
const PATIENCE = 2_000;
const SCALE = 2;
const FONTS = ['400', '600'].map((weight) => `@fontsource/inter/files/inter-latin-${weight}-normal.woff2`);

type Canvas = typeof CanvasLibrary;

/** Draws one picture at a time, off the event loop, with a font that ships along. The library is loaded with the first picture. */
export function createDraw(onFailure: (error: unknown) => void, patience = PATIENCE): Draw {
  let library: Promise<Canvas> | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const draw = async (svg: string) => {
    const loaded = (library ??= load());
    const drawing = turn.then(async () => drawOn(await loaded, svg));
    turn = drawing.catch(() => undefined);
    return Promise.race([drawing, late(patience)]).catch((error: unknown) => {
      onFailure(error);
      return undefined;
    });
  };
  return Object.assign(draw, { warm: () => void (library ??= load()).catch(() => undefined) });
}

async function load(): Promise<Canvas> {
  const canvas = await import('@napi-rs/canvas');
  for (const font of FONTS) canvas.GlobalFonts.registerFromPath(fileURLToPath(import.meta.resolve(font)), 'Inter');
  return canvas;
}

async function drawOn({ loadImage, createCanvas }: Canvas, svg: string): Promise<Uint8Array> {
  const image = await loadImage(Buffer.from(svg));
  const [width, height] = [image.width * SCALE, image.height * SCALE];
  const canvas = createCanvas(width, height);
  canvas.getContext('2d').drawImage(image, 0, 0, width, height);
  return canvas.encode('png');
}

function late(patience: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(`Drawing took longer than ${patience} ms.`)), patience).unref();
  });
}
