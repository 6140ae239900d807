interface Waiter {
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/** Promises that end together. */
export class Waiters {
  private waiting: Waiter[] = [];

  add(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
    });
  }

  resolve(): void {
    for (const { resolve } of this.take()) resolve();
  }

  reject(cause: Error): void {
    for (const { reject } of this.take()) reject(cause);
  }

  private take(): readonly Waiter[] {
    const { waiting } = this;
    this.waiting = [];
    return waiting;
  }
}
