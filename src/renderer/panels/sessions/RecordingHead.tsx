import { Circle, Play, Square, Upload } from 'lucide-react';
import { useRef } from 'react';
import type { RecordingStatus, RecordingWord } from '../../../shared/recordings.ts';
import { formatElapsed } from '../../format/duration.ts';
import { formatBytes } from '../../format/quantity.ts';
import { Button } from '../../widgets/Button.tsx';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import { recordingFileTypes } from '../../workspace/recordingFiles.ts';
import { useHostNow, useSession } from '../../workspace/session.ts';
import { lostWords } from './sessionWords.ts';
import { useRecordingControl } from './useSessionActions.ts';

const stateWords: Readonly<Record<RecordingWord, string>> = {
  recording: 'Recording',
  failing: 'Recording fails',
  paused: 'Recording waits',
  stopped: 'Recording stopped',
  off: 'Not recording',
};

function Length({ since }: { readonly since: number }) {
  return <span>{formatElapsed(useHostNow() - since)}</span>;
}

/** Length, size, rate and what is missing of the session that is written now. */
function RunningFigures({ recording }: { readonly recording: RecordingStatus }) {
  const { source } = useSession();
  const { status, since, bytes, bytesPerSec, lostInputs, session } = recording;
  if (session === null) return null;
  // The clock of a replay says nothing about what is recorded beside it.
  const isTimed = since !== null && source?.startsWith('replay:') !== true;
  return (
    <span className="sessions-figures num">
      {status !== 'stopped' && isTimed ? <Length since={since} /> : null}
      <span>{formatBytes(bytes)} written</span>
      {status === 'recording' ? <span>{formatBytes(bytesPerSec)}/s</span> : null}
      {lostInputs === 0 ? null : <span className="sessions-lost">{lostWords(lostInputs)}</span>}
    </span>
  );
}

function Controls({
  status,
  linked,
}: {
  readonly status: RecordingWord;
  readonly linked: boolean;
}) {
  const control = useRecordingControl();
  const isWritten = status === 'recording' || status === 'failing' || status === 'paused';
  return (
    <>
      {status === 'paused' || status === 'failing' ? (
        <Button size="small" icon={Play} disabled={!linked} onClick={() => control('resume')}>
          Record
        </Button>
      ) : null}
      {isWritten ? (
        <Button size="small" icon={Square} disabled={!linked} onClick={() => control('stop')}>
          Stop
        </Button>
      ) : (
        <Button size="small" icon={Circle} disabled={!linked} onClick={() => control('start')}>
          Record
        </Button>
      )}
    </>
  );
}

interface ImportButtonProps {
  readonly disabled: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

function ImportButton({ disabled, onFiles }: ImportButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        className="sessions-file"
        type="file"
        aria-label="Recordings to import"
        tabIndex={-1}
        multiple
        accept={recordingFileTypes}
        onChange={({ target }) => {
          onFiles([...(target.files ?? [])]);
          // So that the same file can be chosen again.
          target.value = '';
        }}
      />
      <Button
        size="small"
        icon={Upload}
        disabled={disabled}
        title="Recordings, or lines of Tardis. They can also be dropped on the window."
        onClick={() => input.current?.click()}
      >
        Import...
      </Button>
    </>
  );
}

interface HeadProps {
  readonly recording: RecordingStatus;
  readonly linked: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

/** The recording that runs: whether it does, how much it is, and what a person can do. */
export function RecordingHead({ recording, linked, onFiles }: HeadProps) {
  const { status, problem } = recording;
  return (
    <>
      <div className="sessions-running">
        <span className="sessions-state" data-state={linked ? status : 'unknown'}>
          <span className="sessions-dot" />
          {linked ? stateWords[status] : 'Not known whether it records'}
        </span>
        {linked ? <RunningFigures recording={recording} /> : null}
        <span className="sessions-controls">
          <Controls status={status} linked={linked} />
          <ImportButton disabled={!linked} onFiles={onFiles} />
        </span>
      </div>
      {problem === null || !linked ? null : (
        <p className="sessions-problem" role="status">
          <ValidityMark state="error" label={null} />
          {problem}
        </p>
      )}
    </>
  );
}
