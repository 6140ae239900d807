import type {
  IChartApi,
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesPrimitive,
  Logical,
  PrimitivePaneViewZOrder,
  SeriesAttachedParameter,
} from 'lightweight-charts';
import { paintGapBands, paintGapTag } from './paintGapBands.ts';
import { paintLaneCodes, paintLanes } from './paintLanes.ts';
import { paintLastLine, paintLastTag, paintSourceWord } from './paintLastPrice.ts';
import { paintMarks } from './paintMarks.ts';
import { paintOutliers } from './paintOutliers.ts';
import type { ChartScene } from './scene.ts';
import { logicalOf } from './timeline.ts';

type DrawTarget = Parameters<IPrimitivePaneRenderer['draw']>[0];
type Attached = SeriesAttachedParameter;

interface Drawing {
  readonly context: CanvasRenderingContext2D;
  readonly size: { readonly width: number; readonly height: number };
  readonly scene: ChartScene;
  readonly timeToX: (time: number) => number | null;
  readonly priceToY: (price: number) => number | null;
}

class Layer implements IPrimitivePaneView, IPrimitivePaneRenderer {
  readonly #order: PrimitivePaneViewZOrder;
  readonly #paint: (drawing: Drawing) => void;
  readonly #owner: ScenePrimitive;

  constructor(
    owner: ScenePrimitive,
    order: PrimitivePaneViewZOrder,
    paint: (drawing: Drawing) => void,
  ) {
    this.#owner = owner;
    this.#order = order;
    this.#paint = paint;
  }

  zOrder(): PrimitivePaneViewZOrder {
    return this.#order;
  }

  renderer(): IPrimitivePaneRenderer {
    return this;
  }

  draw(target: DrawTarget): void {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      const drawing = this.#owner.drawing(context, mediaSize);
      if (drawing === null) return;
      context.save();
      this.#paint(drawing);
      context.restore();
    });
  }
}

/** What stands around the candles: gap bands, coverage lanes, last price and the word of a simulated market. */
export class ScenePrimitive implements ISeriesPrimitive {
  #attached: Attached | null = null;
  #scene: ChartScene | null = null;
  /** Prices that the axis names. */
  labels: readonly number[] = [];
  readonly #paneViews: readonly IPrimitivePaneView[];
  readonly #axisViews: readonly IPrimitivePaneView[];

  constructor() {
    this.#paneViews = [
      new Layer(this, 'bottom', ({ context, scene, size, timeToX }) => {
        paintSourceWord(context, scene, size);
        paintGapBands(context, scene, size, timeToX);
      }),
      new Layer(this, 'top', (drawing) => {
        const { context, scene, size, timeToX } = drawing;
        const y = scene.last === null ? null : drawing.priceToY(scene.last.price);
        if (y !== null) paintLastLine(context, scene, size, y);
        paintOutliers(context, scene, size, drawing);
        paintMarks(context, scene, size, drawing);
        paintGapTag(context, scene, size, timeToX);
        paintLanes(context, scene, size, timeToX);
      }),
    ];
    this.#axisViews = [
      new Layer(this, 'top', (drawing) => {
        const { context, scene, size } = drawing;
        paintLaneCodes(context, scene, size);
        const y = scene.last === null ? null : drawing.priceToY(scene.last.price);
        if (y === null) return;
        const labels = this.labels.map((price) => drawing.priceToY(price));
        paintLastTag(context, scene, size, y, labels.filter(isKnown));
      }),
    ];
  }

  attached(parameters: Attached): void {
    this.#attached = parameters;
  }

  detached(): void {
    this.#attached = null;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.#paneViews;
  }

  priceAxisPaneViews(): readonly IPrimitivePaneView[] {
    return this.#axisViews;
  }

  /** Drawn with the chart's next frame. */
  show(scene: ChartScene): void {
    this.#scene = scene;
    this.#attached?.requestUpdate();
  }

  drawing(
    context: CanvasRenderingContext2D,
    size: { readonly width: number; readonly height: number },
  ): Drawing | null {
    const scene = this.#scene;
    const attached = this.#attached;
    if (scene === null || attached === null) return null;
    return {
      context,
      size,
      scene,
      timeToX: (time) => timeToCoordinate(attached.chart, scene, time),
      priceToY: (price) => attached.series.priceToCoordinate(price),
    };
  }
}

function timeToCoordinate(
  chart: Pick<IChartApi, 'timeScale'>,
  scene: ChartScene,
  time: number,
): number | null {
  const logical = logicalOf(scene.slots, time, scene.intervalMs);
  if (logical === null) return null;
  // The library knows whole bars only; between two of them it is a straight line.
  const scale = chart.timeScale();
  const whole = Math.floor(logical);
  const at = scale.logicalToCoordinate(parseLogical(whole));
  const next = scale.logicalToCoordinate(parseLogical(whole + 1));
  if (at === null || next === null) return null;
  return at + (next - at) * (logical - whole);
}

function isKnown(y: number | null): y is number {
  return y !== null;
}

/** The library brands its bar indices. */
function parseLogical(index: number): Logical {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return index as Logical;
}
