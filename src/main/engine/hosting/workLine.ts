/** Pieces of work one after the other; what is urgent goes before what waits, in its own order. One that fails ends nothing but itself. */
export class WorkLine {
  private readonly urgent: (() => Promise<void>)[] = [];
  private readonly later: (() => Promise<void>)[] = [];
  private readonly idle: (() => void)[] = [];
  private isWorking = false;

  /** Settles as the work does. */
  add<Value>(work: () => Promise<Value>, urgency: 'urgent' | 'later' = 'later'): Promise<Value> {
    return new Promise((resolve, reject) => {
      const run = async (): Promise<void> => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      this[urgency].push(run);
      if (!this.isWorking) void this.work();
    });
  }

  /** When nothing is under way and nothing waits. */
  whenIdle(): Promise<void> {
    if (!this.isWorking) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    for (let next = this.take(); next !== undefined; next = this.take()) await next();
    this.isWorking = false;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  private take(): (() => Promise<void>) | undefined {
    return this.urgent.shift() ?? this.later.shift();
  }
}
