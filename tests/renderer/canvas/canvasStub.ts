/** One text as it was drawn. */
export interface DrawnText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly color: string;
}

/** jsdom has no canvas: this one remembers the texts that would be visible, and measures seven pixels a letter. */
export class CanvasStub {
  texts: DrawnText[] = [];
  draws = 0;
  readonly #restore: () => void;

  constructor(size: { readonly width: number; readonly height: number }) {
    const { prototype } = HTMLCanvasElement;
    const before = Object.getOwnPropertyDescriptor(prototype, 'getContext');
    const context = this.#createContext(size);
    Object.defineProperty(prototype, 'getContext', { configurable: true, value: () => context });
    const box = HTMLElement.prototype;
    Object.defineProperty(box, 'clientWidth', { configurable: true, get: () => size.width });
    Object.defineProperty(box, 'clientHeight', { configurable: true, get: () => size.height });
    globalThis.ResizeObserver = class {
      observe(): void {
        // Sizes never change here.
      }
      unobserve(): void {
        // As above.
      }
      disconnect(): void {
        // As above.
      }
    };
    globalThis.Path2D = class {
      readonly isStub = true;
    } as unknown as typeof Path2D;
    this.#restore = () => {
      if (before !== undefined) Object.defineProperty(prototype, 'getContext', before);
      Reflect.deleteProperty(box, 'clientWidth');
      Reflect.deleteProperty(box, 'clientHeight');
    };
  }

  get words(): readonly string[] {
    return this.texts.map((drawn) => drawn.text);
  }

  close(): void {
    this.#restore();
  }

  #hide(x: number, y: number, width: number, height: number): void {
    this.texts = this.texts.filter(
      (drawn) => drawn.x < x || drawn.x > x + width || drawn.y < y || drawn.y > y + height,
    );
  }

  #createContext(size: { readonly width: number; readonly height: number }): unknown {
    const state: Record<string, unknown> = { fillStyle: '#000000', canvas: { ...size } };
    const calls: Record<string, (...inputs: never[]) => unknown> = {
      measureText: (text: string) => ({ width: text.length * 7 }),
      fillText: (text: string, x: number, y: number) => {
        this.texts.push({ text, x, y, color: String(state['fillStyle']) });
      },
      // Whatever is filled or cleared hides the texts beneath it.
      fillRect: (...box: [number, number, number, number]) => this.#hide(...box),
      clearRect: (...box: [number, number, number, number]) => this.#hide(...box),
      setTransform: () => {
        this.draws++;
      },
      // Only ever moves rows of a canvas down within itself.
      drawImage: (_canvas: unknown, _x: number, from: number, ...rest: number[]) => {
        const to = rest[3] ?? from;
        this.texts = this.texts.map((drawn) =>
          drawn.y > from ? { ...drawn, y: drawn.y + to - from } : drawn,
        );
        this.texts = this.texts.filter((drawn) => drawn.y < size.height + 20);
      },
    };
    return new Proxy(state, {
      get: (target, name) => {
        const key = String(name);
        return calls[key] ?? target[key] ?? (() => undefined);
      },
      set: (target, name, value) => {
        target[String(name)] = value;
        return true;
      },
    });
  }
}
