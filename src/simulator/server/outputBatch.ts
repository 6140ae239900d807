import type { Duplex } from 'node:stream';

/** Gathers what one turn of the clock writes, so that each socket gets it in one piece. */
export class OutputBatch {
  private readonly corked = new Set<Duplex>();
  private isHeld = false;
  private isScheduled = false;

  /** Call before each write. */
  touch(socket: Duplex): void {
    if (!this.corked.has(socket)) {
      this.corked.add(socket);
      socket.cork();
    }
    if (this.isHeld || this.isScheduled) return;
    this.isScheduled = true;
    queueMicrotask(() => {
      this.isScheduled = false;
      this.flush();
    });
  }

  /** Keeps everything back until `work` is done. */
  hold(work: () => void): void {
    this.isHeld = true;
    try {
      work();
    } finally {
      this.isHeld = false;
      this.flush();
    }
  }

  private flush(): void {
    for (const socket of this.corked) socket.uncork();
    this.corked.clear();
  }
}
