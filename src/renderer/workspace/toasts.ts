import { create } from 'zustand';
import type { Validity } from '../widgets/validity.ts';

export interface ToastNotice {
  readonly id: number;
  readonly mark: Validity;
  readonly title: string;
  readonly text: string;
  /** Faults stay until they are dismissed. */
  readonly stays: boolean;
}

const shownTogether = 3;
const shownForMs = 6000;

interface ToastState {
  readonly toasts: readonly ToastNotice[];
  show(notice: Omit<ToastNotice, 'id'>): void;
  dismiss(id: number): void;
}

let nextId = 1;

export const useToasts = create<ToastState>((set, get) => ({
  toasts: [],
  show(notice) {
    const id = nextId;
    nextId += 1;
    const others = get().toasts.filter(
      (toast) => toast.title !== notice.title || toast.text !== notice.text,
    );
    set({ toasts: [...others, { ...notice, id }].slice(-shownTogether) });
    if (!notice.stays) setTimeout(() => get().dismiss(id), shownForMs);
  },
  dismiss(id) {
    set({ toasts: get().toasts.filter((toast) => toast.id !== id) });
  },
}));
