import type { ReactNode, RefObject } from 'react';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import './overlays.css';

export interface PopoverProps {
  readonly anchor: RefObject<HTMLElement | null>;
  /** Null where the content is a menu, which names itself. */
  readonly label: string | null;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Edge of the anchor that the popover lines up with. */
  readonly align?: 'start' | 'end';
  readonly className?: string;
}

interface Place {
  readonly left: number;
  readonly top: number;
}

const margin = 4;

function placeBeside(anchor: DOMRect, box: DOMRect, align: 'start' | 'end'): Place {
  const wanted = align === 'start' ? anchor.left : anchor.right - box.width;
  const left = Math.min(Math.max(margin, wanted), window.innerWidth - box.width - margin);
  const below = anchor.bottom + margin;
  const fits = below + box.height <= window.innerHeight - margin;
  return { left, top: fits ? below : Math.max(margin, anchor.top - box.height - margin) };
}

/** Opens beside its anchor, closes on Esc, on a press elsewhere and on scroll away, and gives the focus back. */
export function Popover({
  anchor,
  label,
  onClose,
  children,
  align = 'start',
  className = '',
}: PopoverProps) {
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<Place | null>(null);

  useLayoutEffect(() => {
    if (anchor.current === null || box.current === null) return;
    setPlace(
      placeBeside(
        anchor.current.getBoundingClientRect(),
        box.current.getBoundingClientRect(),
        align,
      ),
    );
  }, [anchor, align]);

  useEffect(() => {
    const returnTo = document.activeElement;
    const first = box.current?.querySelector<HTMLElement>(
      '[autofocus], [aria-checked="true"], button, input, [tabindex="0"]',
    );
    (first ?? box.current)?.focus();
    return () => {
      if (returnTo instanceof HTMLElement && returnTo.isConnected) returnTo.focus();
    };
  }, []);

  useEffect(() => {
    const onPress = (event: PointerEvent) => {
      if (!(event.target instanceof Node)) return;
      if (box.current?.contains(event.target) === true) return;
      if (anchor.current?.contains(event.target) === true) return;
      onClose();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      onClose();
    };
    document.addEventListener('pointerdown', onPress, true);
    document.addEventListener('keydown', onKey, true);
    window.addEventListener('resize', onClose);
    return () => {
      document.removeEventListener('pointerdown', onPress, true);
      document.removeEventListener('keydown', onKey, true);
      window.removeEventListener('resize', onClose);
    };
  }, [anchor, onClose]);

  return createPortal(
    <div
      ref={box}
      className={`popover ${className}`}
      {...(label === null ? {} : { role: 'dialog', 'aria-label': label })}
      tabIndex={-1}
      style={place === null ? { visibility: 'hidden' } : { left: place.left, top: place.top }}
    >
      {children}
    </div>,
    document.body,
  );
}
