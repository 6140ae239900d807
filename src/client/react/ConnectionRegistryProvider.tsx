import type { ReactNode } from 'react';
import { createContext, useContext, useEffect, useState } from 'react';
import { ConnectionRegistry } from '../connectionRegistry.ts';

const RegistryContext = createContext<ConnectionRegistry | null>(null);

/** Named connections for all components below; all of them end with the provider. */
export function ConnectionRegistryProvider(props: { readonly children?: ReactNode }): ReactNode {
  const [registry] = useState(() => new ConnectionRegistry());
  useEffect(() => () => registry.closeAll(), [registry]);
  return <RegistryContext value={registry}>{props.children}</RegistryContext>;
}

export function useConnectionRegistry(): ConnectionRegistry {
  const registry = useContext(RegistryContext);
  if (registry === null) {
    throw new Error('Put <ConnectionRegistryProvider> around what uses this hook.');
  }
  return registry;
}
