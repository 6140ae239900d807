import { Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { SessionSummary } from '../../../shared/recordings.ts';
import { Button } from '../../widgets/Button.tsx';
import { useEscape } from '../../widgets/useEscape.ts';
import { deleteWords } from './sessionWords.ts';

interface DeleteQuestionProps {
  readonly session: SessionSummary;
  /** Answers why it was refused, null when it is done. */
  readonly onDelete: () => Promise<string | null>;
  readonly onClose: () => void;
}

/** Inside of the row that it is about: says what will be gone; a press on Enter alone keeps it. */
export function DeleteQuestion({ session, onDelete, onClose }: DeleteQuestionProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEscape(box, onClose);
  // After the menu that it was chosen from has given the focus back.
  useEffect(() => box.current?.querySelector('button')?.focus(), []);
  const remove = async () => {
    setBusy(true);
    const refusal = await onDelete();
    setBusy(false);
    setProblem(refusal);
    if (refusal === null) onClose();
  };
  return (
    <div ref={box} className="session-delete" role="group" aria-label="Delete this recording?">
      <p>
        <b>Delete this recording?</b> {problem ?? deleteWords(session)}
      </p>
      <span className="session-delete-actions">
        <Button size="small" onClick={onClose}>
          Keep it
        </Button>
        <Button
          size="small"
          icon={Trash2}
          className="button session-delete-button"
          disabled={isBusy}
          onClick={() => void remove()}
        >
          Delete
        </Button>
      </span>
    </div>
  );
}
