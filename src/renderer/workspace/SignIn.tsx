import { useEffect, useId, useRef, useState } from 'react';
import type { FormEvent } from 'react';
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

const blankProblem = 'Enter your user name and your password.';

/** Name and password for a gateway with accounts. What was wrong stands below all else, so that nothing moves; the name stays. */
function SignInForm({ title, text }: SignInFormProps) {
  const store = useMarketStore();
  const ids = { title: useId(), problem: useId(), name: useId(), password: useId() };
  const nameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
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
    setProblem(result.message);
    passwordField.current?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isAsking) return;
    if (name.trim() === '' || password === '') {
      setProblem(blankProblem);
      (name.trim() === '' ? nameField : passwordField).current?.focus();
      return;
    }
    void enter();
  };
  const isBlank = problem === blankProblem;
  const invalid = (value: string) =>
    problem === null || (isBlank && value.trim() !== '')
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
      <Button look="primary" type="submit" disabled={isAsking}>
        {isAsking ? 'Signing in' : 'Sign in'}
      </Button>
      <p id={ids.problem} className="sign-in-problem" role="alert">
        {problem === null ? null : <ValidityMark state="error" label={null} />}
        {problem}
      </p>
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
