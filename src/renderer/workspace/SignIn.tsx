import { useEffect, useId, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import type { SignInProblem } from '../bridge/gatewayLogin.ts';
import { signIn } from '../bridge/gatewayLogin.ts';
import { useMarketStore } from '../store/hooks.ts';
import { Button } from '../widgets/Button.tsx';
import { ValidityMark } from '../widgets/ValidityMark.tsx';
import { EntryPage } from './EntryPage.tsx';
import './signIn.css';

interface SignInFormProps {
  readonly title: string;
  readonly text: string;
}

interface Shown {
  readonly text: string;
  /** Which fields are to be mended. */
  readonly fields: 'blank' | 'both' | 'none';
  /** The gateway takes no sign-in for a while. */
  readonly makesWait: boolean;
}

const blank: Shown = {
  text: 'Enter your user name and your password.',
  fields: 'blank',
  makesWait: false,
};

/** Where one has to wait, only why: how long counts down on the button. */
function shownProblem({ message, isWrong, retryAfterMs }: SignInProblem): Shown {
  const makesWait = retryAfterMs !== null;
  const text = makesWait ? message.replace(/(?<=\.) .*/s, '') : message;
  return { text, fields: isWrong ? 'both' : 'none', makesWait };
}

/** Seconds that are left of a wait. */
function useWait(): readonly [leftSec: number, start: (ms: number | null) => void] {
  const [leftSec, setLeftSec] = useState(0);
  useEffect(() => {
    if (leftSec === 0) return undefined;
    const timer = setTimeout(() => setLeftSec(leftSec - 1), 1000);
    return () => clearTimeout(timer);
  }, [leftSec]);
  return [leftSec, (ms) => setLeftSec(Math.ceil((ms ?? 0) / 1000))];
}

interface ProblemProps {
  readonly id: string;
  readonly problem: Shown | null;
  readonly waitSec: number;
}

/** Spoken when it changes, so no second is counted here. */
function Problem({ id, problem, waitSec }: ProblemProps) {
  const isOver = problem?.makesWait === true && waitSec === 0;
  return (
    <p id={id} className="sign-in-problem" role="alert">
      {problem === null || isOver ? null : <ValidityMark state="error" label={null} />}
      {isOver ? 'You can try again now.' : problem?.text}
    </p>
  );
}

function buttonText(isAsking: boolean, waitSec: number): string {
  if (isAsking) return 'Signing in';
  return waitSec > 0 ? `Next try in ${waitSec} s` : 'Sign in';
}

/** Name and password for a gateway with accounts. What was wrong stands below all else, so that nothing moves; the name stays. */
function SignInForm({ title, text }: SignInFormProps) {
  const store = useMarketStore();
  const ids = { title: useId(), problem: useId(), name: useId(), password: useId() };
  const nameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Shown | null>(null);
  const [waitSec, startWait] = useWait();
  const [isAsking, setIsAsking] = useState(false);
  useEffect(() => nameField.current?.focus(), []);
  const enter = async (): Promise<void> => {
    setIsAsking(true);
    setProblem(null);
    const result = await signIn(name.trim(), password);
    setIsAsking(false);
    setPassword('');
    if (result.ok) {
      store.reconnect();
      return;
    }
    setProblem(shownProblem(result.problem));
    startWait(result.problem.retryAfterMs);
    passwordField.current?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isAsking || waitSec > 0) return;
    if (name.trim() === '' || password === '') {
      setProblem(blank);
      (name.trim() === '' ? nameField : passwordField).current?.focus();
      return;
    }
    void enter();
  };
  const fields = problem?.fields ?? 'none';
  const invalid = (value: string) =>
    fields === 'none' || (fields === 'blank' && value.trim() !== '')
      ? undefined
      : { 'aria-invalid': true, 'aria-describedby': ids.problem };
  return (
    <form className="entry-card sign-in" aria-labelledby={ids.title} noValidate onSubmit={submit}>
      <h2 id={ids.title} className="entry-title">
        {title}
      </h2>
      <p>{text}</p>
      <label htmlFor={ids.name}>User name</label>
      <input
        ref={nameField}
        id={ids.name}
        className="text-input"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.target.value)}
        {...invalid(name)}
      />
      <label htmlFor={ids.password}>Password</label>
      <input
        ref={passwordField}
        id={ids.password}
        className="text-input"
        type="password"
        name="password"
        autoComplete="current-password"
        maxLength={1024}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        {...invalid(password)}
      />
      <Button look="primary" type="submit" disabled={isAsking || waitSec > 0}>
        {buttonText(isAsking, waitSec)}
      </Button>
      <Problem id={ids.problem} problem={problem} waitSec={waitSec} />
    </form>
  );
}

/** Instead of the workspace, on a first visit. */
export function SignInPage() {
  return (
    <EntryPage>
      <SignInForm title="Sign in to Truetape" text="This gateway asks who you are." />
    </EntryPage>
  );
}

/** Over a workspace whose login has ended: it stays as it was, and nothing behind can be reached. */
export function SignInCover() {
  const cover = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = cover.current;
    // Not in every environment of tests.
    if (dialog === null || dialog.open) return;
    if (typeof dialog.showModal === 'function') dialog.showModal();
    else dialog.setAttribute('open', '');
  }, []);
  return (
    <dialog
      ref={cover}
      className="sign-in-cover"
      aria-label="Sign in"
      onCancel={(event) => event.preventDefault()}
    >
      <SignInForm
        title="Your login has ended"
        text="No price on this page is current. Sign in to go on."
      />
    </dialog>
  );
}
