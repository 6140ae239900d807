import type { RenderResult } from '@testing-library/react';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { act } from 'react';
import type { TruetapeClient } from '../../../src/client/clientContract.ts';
import { createTruetapeClient } from '../../../src/client/createTruetapeClient.ts';
import { RealTimeDataProvider } from '../../../src/client/react/RealTimeDataProvider.tsx';
import type { WireUpdate } from '../../../src/shared/gateway/wire.ts';
import { VirtualClock } from '../../support/virtualClock.ts';
import { FakeGateway } from './fakeGateway.ts';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

/** A virtual clock that also answers what time it is. */
export class TestClock extends VirtualClock {
  wallMs(): number {
    return 1_700_000_000_000 + this.monotonicMs();
  }
}

export interface World {
  readonly clock: TestClock;
  readonly gateway: FakeGateway;
  readonly client: TruetapeClient;
  readonly within: (children: ReactNode) => ReactNode;
  /** Renders below a provider of this client, and lets what was begun finish. */
  readonly show: (children: ReactNode) => Promise<RenderResult>;
  readonly push: (...updates: readonly WireUpdate[]) => Promise<void>;
  readonly advance: (byMs: number) => Promise<void>;
  /** Runs what a person or the network does. */
  readonly doing: (run: () => void) => Promise<void>;
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
}

/** The client itself over a gateway in memory, on one virtual clock. */
export function createWorld(autoConnect = true): World {
  const clock = new TestClock();
  const gateway = new FakeGateway();
  const client = createTruetapeClient({
    url: 'ws://gateway.test',
    transports: ['websocket'],
    snapshots: false,
    ports: { WebSocket: gateway.WebSocket, clock, random: () => 0 },
  });
  const within = (children: ReactNode): ReactNode => (
    <RealTimeDataProvider client={client} autoConnect={autoConnect} options={{ ports: { clock } }}>
      {children}
    </RealTimeDataProvider>
  );
  const doing = async (run: () => void): Promise<void> => {
    await act(async () => {
      run();
      await settle();
    });
  };
  return {
    ...{ clock, gateway, client, within, doing },
    async show(children) {
      const rendered = render(within(children));
      await doing(() => undefined);
      return rendered;
    },
    push: (...updates) =>
      doing(() => {
        // A frame later: within one, several messages are looked at together.
        clock.advance(16);
        gateway.push(...updates);
      }),
    advance: (byMs) => doing(() => clock.advance(byMs)),
  };
}
