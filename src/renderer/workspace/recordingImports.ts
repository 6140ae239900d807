import { createStore } from 'zustand/vanilla';
import type { VenueId } from '../../shared/venues.ts';
import { isVenueId } from '../../shared/venues.ts';
import { formatBytes } from '../format/quantity.ts';
import type { MarketStore } from '../store/marketStore.ts';
import { recordingFileProblem } from './recordingFiles.ts';
import { useToasts } from './toasts.ts';
import type { UploadChoice, UploadEnd } from './uploadRecording.ts';
import { uploadRecording } from './uploadRecording.ts';

const marketKinds = ['spot', 'linear'] as const;
type MarketKind = (typeof marketKinds)[number];

/** What the host could not tell from the frames. */
export interface ImportQuestion {
  readonly fileName: string;
  /** The host's own words. */
  readonly text: string;
  /** To choose from; empty: not asked. */
  readonly venues: readonly VenueId[];
  readonly kinds: readonly MarketKind[];
  /** Null: the file is not imported. */
  readonly answer: (choice: UploadChoice | null) => void;
}

export interface ImportQuestionState {
  readonly question: ImportQuestion | null;
}

interface RecordingImportsOptions {
  readonly store: MarketStore;
  /** Every session that has come of the files that were given together. */
  readonly onImported: (sessions: readonly string[], words: string) => void;
}

/** One answer names the venue, another the kind; a host that asks for ever gets no more. */
const maxQuestions = 3;
const notChosen: UploadChoice = { venue: null, marketKind: null };

/** Files of a person on their way to the host, one after the other. */
export class RecordingImports {
  readonly questions = createStore<ImportQuestionState>(() => ({ question: null }));
  readonly #options: RecordingImportsOptions;
  #waiting: readonly File[] = [];
  #isRunning = false;

  constructor(options: RecordingImportsOptions) {
    this.#options = options;
  }

  add(files: readonly File[]): void {
    const problem = files.map(recordingFileProblem).find((text) => text !== null);
    if (problem !== undefined) showFault('Not imported', problem);
    const fit = files.filter((file) => recordingFileProblem(file) === null);
    this.#waiting = [
      ...this.#waiting,
      ...fit.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    ];
    if (!this.#isRunning && this.#waiting.length > 0) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const sessions: string[] = [];
    const names: string[] = [];
    for (let file = this.#take(); file !== undefined; file = this.#take()) {
      const session = await this.#import(file);
      if (session === null) continue;
      sessions.push(session);
      names.push(file.name);
    }
    this.#isRunning = false;
    const [name] = names;
    if (name === undefined) return;
    this.#options.onImported(sessions, names.length === 1 ? name : `${names.length} files`);
  }

  #take(): File | undefined {
    const [first, ...others] = this.#waiting;
    this.#waiting = others;
    return first;
  }

  /** The session; null where there is none, which a person has been told by then. */
  async #import(file: File): Promise<string | null> {
    let choice = notChosen;
    for (let asked = 0; ; asked += 1) {
      const end = await this.#upload(file, choice);
      if (end.type === 'imported') return end.session;
      if (end.type === 'cancelled') return null;
      const question = questionOf(end, file.name);
      if (question === null || asked >= maxQuestions) {
        showFault(`${file.name} was not imported`, end.message);
        return null;
      }
      const given = await this.#ask(question);
      if (given === null) return null;
      choice = {
        venue: given.venue ?? choice.venue,
        marketKind: given.marketKind ?? choice.marketKind,
      };
    }
  }

  async #upload(file: File, choice: UploadChoice): Promise<UploadEnd> {
    const { show, change, dismiss } = useToasts.getState();
    const cancel = new AbortController();
    const size = formatBytes(file.size);
    const toast = show({
      mark: 'connecting',
      title: `Importing ${file.name}`,
      text: `0 B of ${size}`,
      stays: true,
      progress: 0,
      action: { label: 'Cancel', act: () => cancel.abort() },
    });
    const onProgress = (bytes: number) => {
      const progress = bytes / file.size;
      if (bytes < file.size) change(toast, { text: `${formatBytes(bytes)} of ${size}`, progress });
      // From here on it is the host's, and becomes a session.
      else change(toast, { text: `The engine reads ${size}`, progress, action: undefined });
    };
    const { store } = this.#options;
    try {
      return await uploadRecording({ store, file, choice, signal: cancel.signal, onProgress });
    } finally {
      dismiss(toast);
    }
  }

  #ask(question: Omit<ImportQuestion, 'answer'>): Promise<UploadChoice | null> {
    return new Promise((resolve) => {
      const answer = (choice: UploadChoice | null) => {
        this.questions.setState({ question: null });
        resolve(choice);
      };
      this.questions.setState({ question: { ...question, answer } });
    });
  }
}

function showFault(title: string, text: string): void {
  useToasts.getState().show({ mark: 'error', title, text, stays: true });
}

/** Null: the refusal is no question. */
function questionOf(
  { message, candidates }: Extract<UploadEnd, { type: 'refused' }>,
  fileName: string,
): Omit<ImportQuestion, 'answer'> | null {
  const venues = candidates.filter(isVenueId);
  const kinds = marketKinds.filter((kind) => candidates.includes(kind));
  if (venues.length === 0 && kinds.length === 0) return null;
  return { fileName, text: message, venues, kinds };
}
