import { create } from 'zustand';
import type { Validity } from '../widgets/validity.ts';

/** What a person can do about it, on the toast itself; doing it ends the toast. */
export interface ToastAction {
  readonly label: string;
  readonly act: () => void;
}

export interface ToastNotice {
  readonly id: number;
  readonly mark: Validity;
  readonly title: string;
  readonly text: string;
  /** Faults stay until they are dismissed. */
  readonly stays: boolean;
  readonly action?: ToastAction | undefined;
  /** Of work that is under way, 0 to 1. */
  readonly progress?: number;
}

const shownTogether = 3;
const shownForMs = 6000;

interface ToastState {
  readonly toasts: readonly ToastNotice[];
  /** Answers its id. */
  show(notice: Omit<ToastNotice, 'id'>): number;
  /** Says something else in the same place; nothing where it was dismissed. */
  change(id: number, changes: Partial<Omit<ToastNotice, 'id'>>): void;
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
    return id;
  },
  change(id, changes) {
    const change = (toast: ToastNotice) => (toast.id === id ? { ...toast, ...changes } : toast);
    set({ toasts: get().toasts.map(change) });
  },
  dismiss(id) {
    set({ toasts: get().toasts.filter((toast) => toast.id !== id) });
  },
}));
