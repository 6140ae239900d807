import type { ToastAction } from './toasts.ts';

/** Tells a person of this window. A fault stays until it is dismissed, and so does what waits for a press. */
export interface Notify {
  (notice: {
    readonly fault: boolean;
    readonly title: string;
    readonly text: string;
    readonly action?: ToastAction;
  }): void;
}
