import type { ReactNode, RefObject } from 'react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { SessionSummary } from '../../../shared/recordings.ts';
import { formatDateTime } from '../../format/time.ts';
import {
  useExportReport,
  useMarketStore,
  useMarkList,
  useRecordingList,
} from '../../store/hooks.ts';
import { Button } from '../../widgets/Button.tsx';
import { PanelMessage } from '../../widgets/PanelMessage.tsx';
import { useEscape } from '../../widgets/useEscape.ts';
import { parseExportWanted } from '../../workspace/openExport.ts';
import type { PanelProps } from '../../workspace/panel.ts';
import { useHostStep, usePageStep, useSession } from '../../workspace/session.ts';
import { ContentChoice } from './ContentChoice.tsx';
import { DetailFields, FormatField } from './DetailFields.tsx';
import { ExportJobs, jobWords } from './ExportJobs.tsx';
import type { ExportForm, ExportSubject } from './exportForm.ts';
import { checkExport, emptyForm } from './exportForm.ts';
import { Field } from './Field.tsx';
import { RangeFields } from './RangeFields.tsx';
import './export.css';

const noMarks = [] as const;

function SessionField({
  sessions,
  chosen,
  onChoose,
}: {
  readonly sessions: readonly SessionSummary[];
  readonly chosen: SessionSummary;
  readonly onChoose: (session: string) => void;
}) {
  return (
    <Field label="Session">
      {(ties) => (
        <select
          {...ties}
          className="select"
          value={chosen.id}
          onChange={(event) => onChoose(event.target.value)}
        >
          {sessions.map(({ id, name, startTime, source, isRecording }) => (
            <option key={id} value={id}>
              {name === '' ? formatDateTime(startTime) : `${name}, ${formatDateTime(startTime)}`}
              {isRecording ? ', recorded now' : ''}
              {source === 'live' ? '' : `, ${source}`}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** The clock of a replay says nothing about a session that is recorded now. */
function useRecordingNow(): number {
  const { source } = useSession();
  const host = useHostStep(1000);
  const page = usePageStep(1000);
  return source?.startsWith('replay:') === true ? page : host;
}

interface FormProps {
  readonly subject: ExportSubject;
  readonly sessions: readonly SessionSummary[];
  readonly form: ExportForm;
  readonly linked: boolean;
  readonly onChange: (changes: Partial<ExportForm>) => void;
}

function Form({ subject, sessions, form, linked, onChange }: FormProps) {
  const store = useMarketStore();
  const [refusal, setRefusal] = useState<string | null>(null);
  const [startedId, setStarted] = useState<number | null>(null);
  const started = useExportReport()?.jobs.find(({ id }) => id === startedId);
  const [isBusy, setBusy] = useState(false);
  const { request, problems } = checkExport(form, subject);
  const [wrong] = problems;
  const change = (changes: Partial<ExportForm>) => {
    setRefusal(null);
    onChange(changes);
  };
  const start = async () => {
    if (request === null) return;
    setBusy(true);
    const answer = await store.command({ type: 'startExport', request });
    setBusy(false);
    setRefusal(answer.ok ? null : answer.message);
    if (answer.ok) setStarted(answer.value.export);
  };
  const fields = { form, problems, onChange: change, session: subject.session.id };
  return (
    <form
      className="export-form"
      aria-label="Export"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <div className="export-fields">
        <SessionField
          sessions={sessions}
          chosen={subject.session}
          onChoose={(session) => change({ session, fromMark: '', toMark: '' })}
        />
        <FormatField {...fields} />
        <RangeFields {...fields} marks={subject.marks} />
        <DetailFields {...fields} />
      </div>
      <div className="export-foot">
        {refusal === null ? null : (
          <p className="export-problem" role="alert">
            {refusal}
          </p>
        )}
        {/* Its field may be out of sight. */}
        {wrong === undefined || refusal !== null ? null : (
          <p className="export-problem">{wrong.text}</p>
        )}
        {started === undefined || refusal !== null || wrong !== undefined ? null : (
          <p className="export-state num">{jobWords(started, linked)}</p>
        )}
        <Button
          look="primary"
          type="submit"
          disabled={request === null || isBusy || !linked}
          title={linked ? undefined : 'No connection to the engine.'}
        >
          Start export
        </Button>
      </div>
    </form>
  );
}

/** Asked for anew: the form begins with what is known, and takes the focus. */
function useWantedForm(savedOptions: unknown, root: RefObject<HTMLElement | null>) {
  const wanted = useMemo(() => parseExportWanted(savedOptions), [savedOptions]);
  const [form, setForm] = useState(emptyForm);
  useEffect(() => {
    setForm({ ...emptyForm, session: wanted.session ?? '', thing: wanted.table ?? 'trades' });
    if (wanted.asked === 0) return;
    root.current?.querySelector<HTMLElement>('[role="radio"][tabindex="0"]')?.focus();
  }, [wanted, root]);
  return [form, setForm] as const;
}

function Frame({
  root,
  onEscape,
  children,
}: {
  readonly root: RefObject<HTMLDivElement | null>;
  readonly onEscape: () => void;
  readonly children: ReactNode;
}) {
  useEscape(root, onEscape);
  return (
    <div ref={root} className="export">
      {children}
    </div>
  );
}

/** A session as files: what of it, of which time, in which form; and every export that runs or is done. */
export function ExportPanel({ savedOptions, close }: PanelProps) {
  const root = useRef<HTMLDivElement>(null);
  const list = useRecordingList();
  const report = useExportReport();
  const marks = useMarkList();
  const { linked, status } = useSession();
  const now = useRecordingNow();
  const [form, setForm] = useWantedForm(savedOptions, root);
  const sessions = list?.sessions ?? [];
  const session =
    sessions.find(({ id }) => id === form.session) ??
    sessions.find(({ id }) => id === (status?.replay?.session ?? status?.recording.session)) ??
    sessions[0];
  if (session === undefined) {
    const text = 'What is recorded can be exported, while it is recorded and after.';
    if (!linked) return <PanelMessage mark="disconnected" title="No connection to the engine" />;
    return list === null ? (
      <PanelMessage mark="connecting" title="Waiting for the sessions" />
    ) : (
      <PanelMessage title="Nothing recorded yet" text={text} />
    );
  }
  const ownMarks = marks?.session === session.id ? marks.marks : noMarks;
  const change = (changes: Partial<ExportForm>) => setForm((before) => ({ ...before, ...changes }));
  return (
    <Frame root={root} onEscape={close}>
      <div className="export-body">
        <ContentChoice thing={form.thing} onChoose={(thing) => change({ thing })} />
        <Form
          subject={{ session, marks: ownMarks, now }}
          sessions={sessions}
          form={form}
          linked={linked}
          onChange={change}
        />
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be in reach of the keys */}
        <section className="export-jobs inset-focus" aria-label="Exports of this host" tabIndex={0}>
          <ExportJobs report={report} linked={linked} />
        </section>
      </div>
    </Frame>
  );
}
