import type { LucideIcon } from 'lucide-react';
import { Check } from 'lucide-react';
import type { KeyboardEvent, ReactNode, RefObject } from 'react';
import { Popover } from './Popover.tsx';
import './overlays.css';

export type MenuEntry =
  | {
      readonly type: 'action';
      readonly label: string;
      readonly icon?: LucideIcon;
      /** Stands before the label instead of an icon. */
      readonly badge?: ReactNode;
      readonly keys?: string;
      readonly checked?: boolean;
      readonly disabled?: boolean;
      readonly onChoose: () => void;
    }
  | { readonly type: 'heading'; readonly label: string }
  | { readonly type: 'separator' };

export interface MenuProps {
  readonly anchor: RefObject<HTMLElement | null>;
  readonly label: string;
  readonly entries: readonly MenuEntry[];
  readonly onClose: () => void;
  readonly align?: 'start' | 'end';
}

function moveFocus(event: KeyboardEvent<HTMLDivElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const targets = [...event.currentTarget.querySelectorAll<HTMLElement>('button:not(:disabled)')];
  const index = targets.findIndex((target) => target === document.activeElement);
  targets[(index + step + targets.length) % targets.length]?.focus();
}

function EntryIcon({ entry }: { readonly entry: Extract<MenuEntry, { type: 'action' }> }) {
  if (entry.badge !== undefined) return entry.badge;
  const Icon = entry.checked === true ? Check : entry.icon;
  if (Icon === undefined) return <span className="menu-space" />;
  return <Icon size="1.4rem" strokeWidth={2} aria-hidden="true" />;
}

export function Menu({ anchor, label, entries, onClose, align = 'start' }: MenuProps) {
  return (
    <Popover anchor={anchor} label={null} onClose={onClose} align={align}>
      <div className="menu" role="menu" aria-label={label} tabIndex={-1} onKeyDown={moveFocus}>
        {entries.map((entry, index) => {
          if (entry.type === 'separator') return <hr key={index} className="menu-line" />;
          if (entry.type === 'heading') {
            return (
              <p key={index} className="menu-heading">
                {entry.label}
              </p>
            );
          }
          return (
            <button
              key={index}
              type="button"
              role={entry.checked === undefined ? 'menuitem' : 'menuitemradio'}
              {...(entry.checked === undefined ? {} : { 'aria-checked': entry.checked })}
              disabled={entry.disabled === true}
              onClick={() => {
                onClose();
                entry.onChoose();
              }}
            >
              <EntryIcon entry={entry} />
              <span className="menu-label">{entry.label}</span>
              {entry.badge !== undefined && entry.checked === true ? (
                <Check size="1.4rem" strokeWidth={2} aria-hidden="true" />
              ) : null}
              {entry.keys === undefined ? null : <kbd>{entry.keys}</kbd>}
            </button>
          );
        })}
      </div>
    </Popover>
  );
}
