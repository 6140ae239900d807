import type { Mark } from '../../../shared/marks.ts';
import { formatTimeMillis } from '../../format/time.ts';
import type { ExportForm, ExportProblem, RangeKind } from './exportForm.ts';
import { rangeKinds } from './exportForm.ts';
import { Field, problemOf } from './Field.tsx';

interface RangeFieldsProps {
  readonly form: ExportForm;
  readonly marks: readonly Mark[];
  readonly problems: readonly ExportProblem[];
  readonly onChange: (changes: Partial<ExportForm>) => void;
}

const rangeNames: Readonly<Record<RangeKind, string>> = {
  whole: 'Whole session',
  last5: 'Last 5 minutes',
  last60: 'Last 60 minutes',
  marks: 'Between marks',
  custom: 'From and to',
};

/** A list of thousands is no choice. */
const listedMarks = 300;

function MarkFields({ form, marks, problems, onChange }: RangeFieldsProps) {
  const listed = marks.slice(-listedMarks);
  const select = (key: 'fromMark' | 'toMark', none: string) => (
    <Field
      label={key === 'fromMark' ? 'From mark' : 'To mark'}
      problem={key === 'toMark' ? problemOf(problems, 'to') : null}
      hint={
        key === 'toMark' && marks.length > listedMarks
          ? `The newest ${listedMarks} are listed.`
          : null
      }
    >
      {(ties) => (
        <select
          {...ties}
          className="select"
          value={form[key]}
          onChange={(event) => onChange({ [key]: event.target.value })}
        >
          <option value="">{none}</option>
          {listed.map((mark) => (
            <option key={mark.id} value={mark.id}>
              {formatTimeMillis(mark.time)} {mark.kind === 'user' ? '' : `${mark.kind} `}
              {mark.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  return (
    <>
      {select('fromMark', 'Start of the session')}
      {select('toMark', 'End of the session')}
    </>
  );
}

function CustomFields({ form, problems, onChange }: RangeFieldsProps) {
  const input = (key: 'from' | 'to', none: string) => (
    <Field label={key === 'from' ? 'From, UTC' : 'To, UTC'} problem={problemOf(problems, key)}>
      {(ties) => (
        <input
          {...ties}
          className="text-input num"
          placeholder={none}
          value={form[key]}
          onChange={(event) => onChange({ [key]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <>
      {input('from', 'start of the session')}
      {input('to', 'end of the session')}
    </>
  );
}

export function RangeFields(props: RangeFieldsProps) {
  const { form, marks, onChange } = props;
  return (
    <>
      <Field
        label="Time"
        hint={
          form.range === 'marks' && marks.length === 0
            ? 'Only marks of the session that this window looks at are known: open its replay first.'
            : null
        }
      >
        {(ties) => (
          <select
            {...ties}
            className="select"
            value={form.range}
            onChange={(event) => {
              const range = rangeKinds.find((kind) => kind === event.target.value);
              if (range !== undefined) onChange({ range });
            }}
          >
            {rangeKinds.map((kind) => (
              <option key={kind} value={kind}>
                {rangeNames[kind]}
              </option>
            ))}
          </select>
        )}
      </Field>
      {form.range === 'marks' && marks.length > 0 ? <MarkFields {...props} /> : null}
      {form.range === 'custom' ? <CustomFields {...props} /> : null}
    </>
  );
}
