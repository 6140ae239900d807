import type { ChartOptions, DeepPartial, Time } from 'lightweight-charts';
import { ColorType, CrosshairMode, LineStyle } from 'lightweight-charts';
import { mixColors } from '../../theme/canvas.ts';
import type { Palette } from '../../theme/palette.ts';
import { chartLocale, formatCrosshairTime, formatTick, tickKind } from './chartTime.ts';

function timeMs(time: Time): number {
  return typeof time === 'number' ? time * 1000 : Number.NaN;
}

/** The library's options in the present theme. */
export function chartAppearance(colors: Palette, intervalMs: number): DeepPartial<ChartOptions> {
  const { color, scale } = colors;
  const crosshair = {
    color: color['ink-2'],
    width: 1 as const,
    style: LineStyle.Dashed,
    labelBackgroundColor: color['ink-2'],
  };
  return {
    layout: {
      background: { type: ColorType.Solid, color: color.panel },
      textColor: color['ink-3'],
      fontFamily: '"Inter Variable", system-ui, sans-serif',
      fontSize: 11 * scale,
      // The library's licence asks for its mark; chart.css lifts it above the lanes.
      attributionLogo: true,
      panes: { separatorColor: color.line },
    },
    grid: {
      vertLines: { color: color['line-subtle'] },
      horzLines: { color: color['line-subtle'] },
    },
    crosshair: { mode: CrosshairMode.Normal, vertLine: crosshair, horzLine: crosshair },
    rightPriceScale: {
      borderVisible: false,
      entireTextOnly: true,
      minimumWidth: Math.round(66 * scale),
    },
    timeScale: {
      borderVisible: false,
      minimumHeight: Math.round(24 * scale),
      timeVisible: true,
      secondsVisible: intervalMs < 60_000,
      minBarSpacing: 1,
      allowBoldLabels: false,
      tickMarkFormatter: (time: Time, kind: number) =>
        formatTick(timeMs(time), tickKind(kind), intervalMs),
    },
    localization: {
      locale: chartLocale(navigator.language),
      timeFormatter: (time: Time) => formatCrosshairTime(timeMs(time), intervalMs),
    },
  };
}

export function candleColors(colors: Palette) {
  const { color } = colors;
  return {
    upColor: color.panel,
    downColor: color.down,
    borderUpColor: color.up,
    borderDownColor: color.down,
    wickUpColor: color.up,
    wickDownColor: color.down,
  };
}

/** Bars of volume, mixed with the panel: rising and falling have their own strength. */
export function volumeColor(colors: Palette, rising: boolean): string {
  const { color, tint } = colors;
  return rising
    ? mixColors(color.up, color.panel, tint.volumeUp)
    : mixColors(color.down, color.panel, tint.volumeDown);
}
