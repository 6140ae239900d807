import { useEffect } from 'react';
import type { RefObject } from 'react';
import { prepareCanvas } from '../theme/canvas.ts';
import type { Palette } from '../theme/palette.ts';
import { onPalette, palette } from '../theme/palette.ts';
import type { MarketStore } from '../store/marketStore.ts';
import { forgetTextWidths } from './fonts.ts';

/** What a view draws on: page pixels, already scaled to the device. */
export interface CanvasSurface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly colors: Palette;
}

/** A drawing with a lifetime. `draw` runs in the window's one frame loop, and only while something is to be drawn. */
export interface CanvasView {
  /** Whether this frame has to be drawn; cheap, called in every frame. */
  needsDraw(frameTime: number): boolean;
  draw(surface: CanvasSurface, frameTime: number): void;
  /** Size, colors or fonts changed, or the canvas lost its pixels: the next frame is drawn whole. */
  invalidate(): void;
}

/** Ties a view to its canvas: size of the box around it, theme, fonts and the frame loop. */
export function useCanvasView(
  canvasRef: RefObject<HTMLCanvasElement | null>,
  store: MarketStore,
  view: CanvasView,
): void {
  useEffect(() => {
    const canvas = canvasRef.current;
    const box = canvas?.parentElement;
    if (canvas === null || box === null || box === undefined) return undefined;
    let width = box.clientWidth;
    let height = box.clientHeight;
    const resized = new ResizeObserver(() => {
      width = box.clientWidth;
      height = box.clientHeight;
      view.invalidate();
    });
    resized.observe(box);
    const stopPalette = onPalette(() => {
      forgetTextWidths();
      view.invalidate();
    });
    const fonts = 'fonts' in document ? document.fonts : null;
    const fontsLoaded = () => {
      forgetTextWidths();
      view.invalidate();
    };
    fonts?.addEventListener('loadingdone', fontsLoaded);
    const stopFrames = store.onFrame((frameTime) => {
      if (width === 0 || height === 0 || !view.needsDraw(frameTime)) return;
      const before = canvas.width;
      const context = prepareCanvas(canvas, width, height);
      // Another device ratio clears the canvas without a resize of its box.
      if (canvas.width !== before) view.invalidate();
      if (context === null) return;
      view.draw({ context, width, height, colors: palette() }, frameTime);
    });
    // A lost graphics process takes the pixels with it.
    const restored = () => view.invalidate();
    canvas.addEventListener('contextrestored', restored);
    view.invalidate();
    return () => {
      canvas.removeEventListener('contextrestored', restored);
      stopFrames();
      stopPalette();
      resized.disconnect();
      fonts?.removeEventListener('loadingdone', fontsLoaded);
    };
  }, [canvasRef, store, view]);
}
