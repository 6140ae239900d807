import { useEffect, useRef, useState } from 'react';

/** As much as a session's name may have. */
const maxName = 80;

interface RenameFieldProps {
  readonly name: string;
  /** Shown while nothing is written. */
  readonly otherwise: string;
  /** Answers why it was refused, null when it is done. */
  readonly onRename: (name: string) => Promise<string | null>;
  /** `left`: a person went elsewhere, where the focus stays. */
  readonly onClose: (how: 'done' | 'left') => void;
}

/** Enter renames, Esc leaves the name as it was; so does going elsewhere. */
export function RenameField({ name, otherwise, onRename, onClose }: RenameFieldProps) {
  const [text, setText] = useState(name);
  const [problem, setProblem] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  // After the menu that it was chosen from has given the focus back.
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const rename = async () => {
    const refusal = text.trim() === name ? null : await onRename(text.trim());
    if (refusal === null) onClose('done');
    else setProblem(refusal);
  };
  return (
    <span className="session-rename">
      <input
        className="text-input"
        aria-label="Name of the session"
        aria-invalid={problem !== null}
        placeholder={otherwise}
        maxLength={maxName}
        value={text}
        ref={input}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === 'Enter') void rename();
          if (event.key === 'Escape') onClose('done');
        }}
        onBlur={() => {
          if (problem === null) onClose('left');
        }}
      />
      {problem === null ? null : (
        <span className="session-trouble" role="alert" title={problem}>
          {problem}
        </span>
      )}
    </span>
  );
}
