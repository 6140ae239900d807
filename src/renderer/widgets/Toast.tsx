import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from './IconButton.tsx';
import { ValidityMark } from './ValidityMark.tsx';
import type { Validity } from './validity.ts';
import './overlays.css';

export interface ToastProps {
  readonly mark: Validity;
  readonly title: string;
  readonly text?: string;
  readonly action?: ReactNode;
  readonly onClose: () => void;
}

export function Toast({ mark, title, text, action, onClose }: ToastProps) {
  return (
    <div className="toast">
      <ValidityMark state={mark} />
      <div className="toast-words">
        <p className="toast-title">{title}</p>
        {text === undefined ? null : <p>{text}</p>}
      </div>
      {action}
      <IconButton icon={X} label="Dismiss" onClick={onClose} />
    </div>
  );
}
