import type { ReactNode } from 'react';
import { useId } from 'react';
import type { ExportField, ExportProblem } from './exportForm.ts';

interface FieldProps {
  readonly label: string;
  /** Gets what ties the control to its label and to its words. */
  readonly children: (ties: FieldTies) => ReactNode;
  readonly problem?: string | null;
  readonly hint?: string | null;
}

export interface FieldTies {
  readonly id: string;
  readonly 'aria-describedby': string;
  readonly 'aria-invalid': boolean;
}

/** A control with its label; what is wrong with it stands right below. */
export function Field({ label, children, problem = null, hint = null }: FieldProps) {
  const id = useId();
  const words = problem ?? hint;
  return (
    <div className="export-field">
      <label htmlFor={id}>{label}</label>
      <div className="export-control">
        {children({ id, 'aria-describedby': `${id}-words`, 'aria-invalid': problem !== null })}
        <p
          id={`${id}-words`}
          className={problem === null ? 'export-hint' : 'export-problem'}
          hidden={words === null}
        >
          {words}
        </p>
      </div>
    </div>
  );
}

export function problemOf(problems: readonly ExportProblem[], field: ExportField): string | null {
  return problems.find((problem) => problem.field === field)?.text ?? null;
}
