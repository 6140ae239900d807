import type { KeyboardEvent, ReactNode } from 'react';
import type { RowProps } from '../../widgets/rowFocus.ts';

interface HealthRowProps {
  readonly className: string;
  readonly level: 1 | 2;
  readonly state: string;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly rowProps: RowProps;
  /** Keys of the row's own, by `event.key` in lower case. */
  readonly keys?: Readonly<Record<string, () => void>>;
  readonly attributes: Readonly<Record<`data-${string}`, string>>;
  readonly children: ReactNode;
  readonly details: ReactNode;
}

/** A row that opens to all of its figures, by a press or by Enter. */
export function HealthRow(props: HealthRowProps) {
  const { className, level, state, open, onToggle, rowProps, keys, attributes } = props;
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== event.currentTarget) return;
    rowProps.onKeyDown(event);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const own = keys?.[event.key.toLowerCase()];
    const toggles =
      event.key === 'Enter' ||
      event.key === ' ' ||
      (event.key === 'ArrowRight' && !open) ||
      (event.key === 'ArrowLeft' && open);
    if (own === undefined && !toggles) return;
    event.preventDefault();
    if (toggles) onToggle();
    else own?.();
  };
  return (
    <>
      <div
        className={`health-row ${className}`}
        role="row"
        aria-level={level}
        aria-expanded={open}
        data-state={state}
        onClick={onToggle}
        {...attributes}
        {...rowProps}
        onKeyDown={onKeyDown}
      >
        {props.children}
      </div>
      {open ? (
        <div className="health-details" role="row" aria-level={level}>
          <div role="gridcell">{props.details}</div>
        </div>
      ) : null}
    </>
  );
}
