import { Download, FolderOpen, X } from 'lucide-react';
import type { Command } from '../../../shared/bridge.ts';
import type { ExportJob, ExportReport, ExportStatus } from '../../../shared/exports.ts';
import { formatBytes, formatCount } from '../../format/quantity.ts';
import { formatTime } from '../../format/time.ts';
import { useMarketStore } from '../../store/hooks.ts';
import { Button } from '../../widgets/Button.tsx';
import { ProgressBar } from '../../widgets/ProgressBar.tsx';
import { useToasts } from '../../workspace/toasts.ts';

const statusWords: Readonly<Record<ExportStatus, string>> = {
  waiting: 'waits for the one before',
  running: 'running',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled, nothing was kept',
};

/** An address of this host; anything else is no download. */
function isOwnAddress(address: string): boolean {
  return address.startsWith('/') && !address.startsWith('//');
}

function Actions({ job, linked }: { readonly job: ExportJob; readonly linked: boolean }) {
  const store = useMarketStore();
  const show = useToasts((state) => state.show);
  const send = (command: Command) =>
    void store.command(command).then((answer) => {
      if (answer.ok) return;
      show({ mark: 'error', title: job.fileName, text: answer.message, stays: true });
    });
  if (job.status === 'waiting' || job.status === 'running') {
    return (
      <Button
        size="small"
        icon={X}
        disabled={!linked}
        aria-label={`Cancel ${job.fileName}`}
        onClick={() => send({ type: 'cancelExport', export: job.id })}
      >
        Cancel
      </Button>
    );
  }
  if (job.status !== 'done') return null;
  if (job.address !== null && isOwnAddress(job.address)) {
    return (
      <a className="button" data-size="small" href={job.address} download={job.fileName}>
        <Download size="1.4rem" strokeWidth={2} aria-hidden="true" />
        Download
      </a>
    );
  }
  return (
    <Button
      size="small"
      icon={FolderOpen}
      disabled={!linked}
      aria-label={`Show ${job.fileName} in its folder`}
      onClick={() => send({ type: 'revealExport', export: job.id })}
    >
      Show in folder
    </Button>
  );
}

function figuresOf({ status, progress, rows, bytes, request }: ExportJob): string {
  const { type } = request.content;
  const counted = `${formatCount(rows)} ${type === 'frames' ? 'lines' : 'rows'}, `;
  const amount = `${type === 'report' ? '' : counted}${formatBytes(bytes)}`;
  if (status === 'running') return `${Math.floor(progress * 100)}%, ${amount}`;
  return status === 'done' ? amount : '';
}

/** How it stands, in a line. */
export function jobWords(job: ExportJob, linked: boolean): string {
  const words = linked || job.status === 'done' ? statusWords[job.status] : 'not known';
  const figures = figuresOf(job);
  return figures === '' ? words : `${words}, ${figures}`;
}

function Job({ job, linked }: { readonly job: ExportJob; readonly linked: boolean }) {
  const { status, fileName, progress, problem, startedTime } = job;
  return (
    <li className="export-job" data-status={status}>
      <div className="export-job-words">
        <p className="export-job-name">
          <bdi title={fileName}>{fileName}</bdi>
        </p>
        {status === 'running' ? <ProgressBar label={fileName} share={progress} /> : null}
        <p className="export-job-figures num">
          {formatTime(startedTime)} {jobWords(job, linked)}
        </p>
        {problem === null ? null : <p className="export-problem">{problem}</p>}
      </div>
      <Actions job={job} linked={linked} />
    </li>
  );
}

interface ExportJobsProps {
  readonly report: ExportReport | null;
  readonly linked: boolean;
}

/** Exports of this host since it started, the newest on top. */
export function ExportJobs({ report, linked }: ExportJobsProps) {
  if (report === null || report.jobs.length === 0) {
    return (
      <p className="export-none">Exports are listed here while they run and when they are done.</p>
    );
  }
  return (
    <>
      <ul className="export-list" aria-label="Exports">
        {report.jobs.map((job) => (
          <Job key={job.id} job={job} linked={linked} />
        ))}
      </ul>
      {report.folder === '' ? null : (
        <p className="export-folder">
          Kept in <bdi>{report.folder}</bdi>
        </p>
      )}
    </>
  );
}
