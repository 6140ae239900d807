import type { ReactNode } from 'react';
import { ValidityMark } from './ValidityMark.tsx';
import type { Validity } from './validity.ts';
import './panels.css';

export interface PanelMessageProps {
  readonly mark?: Validity;
  readonly title: string;
  /** What happens next, or what to do. */
  readonly text?: string;
  readonly action?: ReactNode;
}

/** What a panel says in the middle of its frame when it has nothing to show: the reason, and what comes next. */
export function PanelMessage({ mark, title, text, action }: PanelMessageProps) {
  return (
    <div className="panel-message">
      <p className="panel-message-title">
        {mark === undefined ? null : <ValidityMark state={mark} label={null} />}
        {title}
      </p>
      {text === undefined ? null : <p className="panel-message-text">{text}</p>}
      {action}
    </div>
  );
}
