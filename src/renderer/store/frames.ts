/** The page's frames and tasks; tests give their own. */
export interface Frames {
  now(): number;
  requestFrame(run: (frameTime: number) => void): () => void;
  /** Queues a task; from within a frame it runs after the frame was painted. */
  queueTask(run: () => void): void;
  isHidden(): boolean;
  onVisibility(listener: () => void): () => void;
  /** An error of a panel must not stop the frame; it is reported as uncaught. */
  report(error: unknown): void;
}

export function createBrowserFrames(window: Window): Frames {
  const { document } = window;
  const waiting: (() => void)[] = [];
  const channel = new MessageChannel();
  channel.port1.addEventListener('message', () => waiting.shift()?.());
  channel.port1.start();
  return {
    now: () => performance.now(),
    requestFrame(run) {
      const handle = window.requestAnimationFrame(run);
      return () => window.cancelAnimationFrame(handle);
    },
    queueTask(run) {
      waiting.push(run);
      channel.port2.postMessage(null);
    },
    isHidden: () => document.hidden,
    onVisibility(listener) {
      document.addEventListener('visibilitychange', listener);
      return () => document.removeEventListener('visibilitychange', listener);
    },
    report: (error) => reportError(error),
  };
}
