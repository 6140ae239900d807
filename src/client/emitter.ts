/** Typed events. A listener that throws never keeps the others, or the stream, from going on. */
export class Emitter<Events extends object> {
  private readonly listenersByName = new Map<keyof Events, Set<(event: never) => void>>();
  private readonly onThrown: (name: string, cause: unknown) => void;

  constructor(onThrown: (name: string, cause: unknown) => void) {
    this.onThrown = onThrown;
  }

  /** The same function twice is one listener. Returns its `off`. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const listeners = this.listenersByName.get(name) ?? new Set();
    this.listenersByName.set(name, listeners.add(listener));
    return () => this.off(name, listener);
  }

  off<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): void {
    this.listenersByName.get(name)?.delete(listener);
  }

  hasListeners(name: keyof Events): boolean {
    return (this.listenersByName.get(name)?.size ?? 0) > 0;
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    const listeners = this.listenersByName.get(name);
    if (listeners === undefined || listeners.size === 0) return;
    for (const listener of [...listeners]) {
      try {
        callListener(listener, event);
      } catch (cause) {
        this.onThrown(String(name), cause);
      }
    }
  }
}

function callListener(listener: (event: never) => void, event: unknown): void {
  Reflect.apply(listener, undefined, [event]);
}
