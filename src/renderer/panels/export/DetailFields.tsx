import { tableFormats } from '../../../shared/exports.ts';
import { candleIntervals } from '../../../shared/market.ts';
import { SegmentedControl } from '../../widgets/SegmentedControl.tsx';
import { hasMarkets, hasStep, isTable } from './exportContents.ts';
import type { ExportForm, ExportProblem } from './exportForm.ts';
import { givenFileName, wholeFileName } from './exportForm.ts';
import { Field, problemOf } from './Field.tsx';

interface DetailFieldsProps {
  readonly form: ExportForm;
  readonly session: string;
  readonly problems: readonly ExportProblem[];
  readonly onChange: (changes: Partial<ExportForm>) => void;
}

const formatNames = { csv: 'CSV', json: 'JSON', parquet: 'Parquet' } as const;

const everyChoices = [
  { ms: 100, name: '100 ms' },
  { ms: 1000, name: '1 second' },
  { ms: 10_000, name: '10 seconds' },
  { ms: 60_000, name: '1 minute' },
  { ms: 300_000, name: '5 minutes' },
  { ms: 3_600_000, name: '1 hour' },
] as const;

export function FormatField({ form, onChange }: DetailFieldsProps) {
  if (!isTable(form.thing)) return null;
  return (
    <div className="export-field">
      <span className="export-label">Format</span>
      <SegmentedControl
        label="Format"
        choices={tableFormats.map((value) => ({ value, label: formatNames[value] }))}
        value={form.format}
        onChoose={(format) => onChange({ format })}
      />
    </div>
  );
}

function StepField({ form, onChange }: DetailFieldsProps) {
  return (
    <Field label="Every">
      {(ties) => (
        <select
          {...ties}
          className="select"
          value={form.everyMs}
          onChange={(event) => onChange({ everyMs: Number(event.target.value) })}
        >
          {everyChoices.map(({ ms, name }) => (
            <option key={ms} value={ms}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function IntervalField({ form, onChange }: DetailFieldsProps) {
  return (
    <Field label="Interval">
      {(ties) => (
        <select
          {...ties}
          className="select"
          value={form.interval}
          onChange={(event) => {
            const interval = candleIntervals.find((choice) => choice === event.target.value);
            if (interval !== undefined) onChange({ interval });
          }}
        >
          {candleIntervals.map((interval) => (
            <option key={interval} value={interval}>
              {interval}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** What matters for some contents only, and the name. */
export function DetailFields(props: DetailFieldsProps) {
  const { form, session, problems, onChange } = props;
  const fileName = wholeFileName(form);
  return (
    <>
      {hasMarkets(form.thing) ? (
        <Field label="Markets" problem={problemOf(problems, 'markets')}>
          {(ties) => (
            <input
              {...ties}
              className="text-input"
              placeholder="all that were recorded"
              value={form.markets}
              onChange={(event) => onChange({ markets: event.target.value })}
            />
          )}
        </Field>
      ) : null}
      {hasStep(form.thing) ? <StepField {...props} /> : null}
      {form.thing === 'candles' ? <IntervalField {...props} /> : null}
      {form.thing === 'book' ? (
        <Field label="Levels a side" problem={problemOf(problems, 'levels')}>
          {(ties) => (
            <input
              {...ties}
              className="text-input num"
              inputMode="numeric"
              value={form.levels}
              onChange={(event) => onChange({ levels: event.target.value })}
            />
          )}
        </Field>
      ) : null}
      <Field
        label="File name"
        problem={problemOf(problems, 'fileName')}
        hint={fileName === '' || fileName === form.fileName ? null : `Becomes ${fileName}`}
      >
        {(ties) => (
          <input
            {...ties}
            className="text-input"
            placeholder={givenFileName(form, session)}
            value={form.fileName}
            onChange={(event) => onChange({ fileName: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
