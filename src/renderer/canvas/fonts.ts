/** Canvas fonts of the type scale. The canvas element itself asks for tabular figures; a font string cannot. */
const family = '"Inter Variable", system-ui, sans-serif';

export interface CanvasFonts {
  readonly price: string;
  readonly data: string;
  readonly name: string;
  readonly strong: string;
  readonly secondary: string;
  readonly figure: string;
  readonly secondaryStrong: string;
  readonly tag: string;
  readonly age: string;
  readonly lane: string;
  /** Times in rows: smaller than the values beside them. */
  readonly time: string;
  readonly figureLarge: string;
}

function font(weight: number, size: number, scale: number): string {
  return `${weight} ${size * scale}px ${family}`;
}

export function createFonts(scale: number): CanvasFonts {
  return {
    price: font(600, 20, scale),
    data: font(450, 12, scale),
    name: font(500, 12, scale),
    strong: font(650, 12, scale),
    secondary: font(450, 11, scale),
    figure: font(550, 11, scale),
    secondaryStrong: font(600, 11, scale),
    tag: font(600, 10, scale),
    age: font(450, 10, scale),
    lane: font(600, 10, scale),
    time: font(450, 10.5, scale),
    figureLarge: font(600, 13, scale),
  };
}

/** Baseline that centers the digits of a font of `size` px in a box; whole pixels, so that rows look alike. */
export function centeredBaseline(top: number, height: number, size: number): number {
  return Math.round(top + height / 2 + size * 0.364);
}

const widths = new Map<string, number>();
const widthsLimit = 4000;

/** Width of a text, remembered: measuring costs more than drawing. Changes of zoom or font clear it with the palette. */
export function textWidth(
  context: CanvasRenderingContext2D,
  text: string,
  fontName: string,
): number {
  const key = `${fontName}|${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (widths.size >= widthsLimit) widths.clear();
  context.font = fontName;
  const { width } = context.measureText(text);
  widths.set(key, width);
  return width;
}

/** Width of a formatted number: its figures are all as wide, so no new number has to be measured. */
export function numberWidth(
  context: CanvasRenderingContext2D,
  text: string,
  fontName: string,
): number {
  let width = 0;
  for (const character of text) width += textWidth(context, character, fontName);
  return width;
}

export function forgetTextWidths(): void {
  widths.clear();
}

/**
 * The most of a text that fits: whole, else without its last parts (after `,` or `;`), else with its end left out. Never
 * squeezed: letters set narrower than they are cannot be read.
 */
export function fitWords(
  context: CanvasRenderingContext2D,
  text: string,
  fontName: string,
  room: number,
): string {
  let shorter = text;
  while (textWidth(context, shorter, fontName) > room) {
    const part = Math.max(shorter.lastIndexOf(', '), shorter.lastIndexOf('; '));
    if (part < 1) break;
    shorter = shorter.slice(0, part);
  }
  if (textWidth(context, shorter, fontName) <= room) return shorter;
  for (let end = shorter.length - 1; end > 0; end -= 1) {
    const cut = `${shorter.slice(0, end).trimEnd()}…`;
    if (textWidth(context, cut, fontName) <= room) return cut;
  }
  return '';
}
