import type { ReactNode } from 'react';
import './frame.css';

export interface BarProps {
  readonly kind: 'probing' | 'simulated' | 'replay' | 'offline';
  readonly title: ReactNode;
  readonly text: ReactNode;
  readonly children?: ReactNode;
}

export function Bar({ kind, title, text, children }: BarProps) {
  return (
    <section className="source-bar" data-kind={kind} aria-label="Source of the data">
      <div className="source-bar-words">
        <p className="source-bar-title">{title}</p>
        <p className="source-bar-text">{text}</p>
      </div>
      <div className="source-bar-actions">{children}</div>
    </section>
  );
}
