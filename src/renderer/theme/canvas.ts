/** `#rrggbb` mixed in sRGB: `share` of the first over the second. An opaque result, unlike alpha, never shows what lies beneath. */
export function mixColors(color: string, surface: string, share: number): string {
  const channel = (hex: string, at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) =>
    Math.round(channel(color, at) * share + channel(surface, at) * (1 - share))
      .toString(16)
      .padStart(2, '0'),
  );
  return `#${mixed.join('')}`;
}

/**
 * Fills a rectangle with the 45 degree hatch that always means "data missing here": pitch 4 in bars, lanes and
 * ribbons, 6 in areas. Lines are placed by absolute position, so neighbouring rectangles continue one another.
 */
export function fillHatch(
  context: CanvasRenderingContext2D,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  line: { readonly color: string; readonly pitch: number; readonly width: number },
): void {
  if (box.width <= 0 || box.height <= 0) return;
  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.width, box.height);
  context.clip();
  context.strokeStyle = line.color;
  context.lineWidth = line.width;
  // A line is x + y = k; the pitch is measured across the lines, hence the root of two along the axis.
  const step = line.pitch * Math.SQRT2;
  const first = Math.floor((box.x + box.y) / step) * step;
  const last = box.x + box.width + box.y + box.height;
  context.beginPath();
  for (let sum = first; sum <= last; sum += step) {
    context.moveTo(sum - box.y + 1, box.y - 1);
    context.lineTo(sum - box.y - box.height - 1, box.y + box.height + 1);
  }
  context.stroke();
  context.restore();
}

/** Sizes a canvas to its box in device pixels and returns a context in page pixels; null where there is no canvas. */
export function prepareCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1;
  const deviceWidth = Math.max(1, Math.round(width * ratio));
  const deviceHeight = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== deviceWidth) canvas.width = deviceWidth;
  if (canvas.height !== deviceHeight) canvas.height = deviceHeight;
  const context = canvas.getContext('2d');
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
