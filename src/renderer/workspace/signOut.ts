import { signOut, useLogin } from '../bridge/gatewayLogin.ts';
import { useToasts } from './toasts.ts';

interface SignOut {
  readonly username: string;
  readonly act: () => void;
}

/** Null where nobody signed in. The page begins anew, so that nothing of before stays in view. */
export function useSignOut(): SignOut | null {
  const username = useLogin((state) => state.username);
  const show = useToasts((state) => state.show);
  if (username === null) return null;
  const act = async (): Promise<void> => {
    if (await signOut()) {
      window.location.reload();
      return;
    }
    show({
      mark: 'error',
      title: 'Not signed out',
      text: 'The gateway cannot be reached. Try again when it answers.',
      stays: true,
    });
  };
  return { username, act: () => void act() };
}
