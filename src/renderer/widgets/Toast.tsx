import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from './IconButton.tsx';
import { ProgressBar } from './ProgressBar.tsx';
import { ValidityMark } from './ValidityMark.tsx';
import type { Validity } from './validity.ts';
import './overlays.css';

export interface ToastProps {
  readonly mark: Validity;
  readonly title: string;
  readonly text?: string;
  readonly action?: ReactNode;
  /** 0 to 1. */
  readonly progress?: number;
  readonly onClose: () => void;
}

export function Toast({ mark, title, text, action, progress, onClose }: ToastProps) {
  return (
    <div className="toast">
      <ValidityMark state={mark} />
      <div className="toast-words">
        <p className="toast-title">{title}</p>
        {text === undefined ? null : <p>{text}</p>}
        {progress === undefined ? null : <ProgressBar label={title} share={progress} />}
      </div>
      {action}
      <IconButton icon={X} label="Dismiss" onClick={onClose} />
    </div>
  );
}
