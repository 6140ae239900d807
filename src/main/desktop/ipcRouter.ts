import { ipcMain } from 'electron';
import type { IpcMainEvent, WebFrameMain } from 'electron';
import type { GenericSchema, InferOutput } from 'valibot';
import * as v from 'valibot';
import { isOurPage } from './pageScheme.ts';

/** A call that passed every check: which window it came from, and the frame to answer. */
export interface TrustedCall {
  readonly window: string;
  readonly frame: WebFrameMain;
}

export interface IpcRouter {
  route<Schema extends GenericSchema>(
    channel: string,
    schema: Schema,
    listener: (call: TrustedCall, payload: InferOutput<Schema>) => void,
  ): void;
  /** Calls of foreign frames, unknown windows or of a wrong shape. */
  refusedCount(): number;
  close(): void;
}

export interface IpcRouterOptions {
  /** The window that a page belongs to, or null for a page that we did not open. */
  readonly windowOf: (webContentsId: number) => string | null;
  readonly onRefused: (channel: string, reason: string) => void;
}

/**
 * The only door from pages into the main process. Every call has to come from the main frame of a window of ours,
 * showing a page of ours, with arguments of the declared shape.
 */
export function createIpcRouter(options: IpcRouterOptions): IpcRouter {
  let refused = 0;
  const channels: string[] = [];
  return {
    route(channel, schema, listener) {
      if (channels.includes(channel)) throw new Error(`${channel} is routed already`);
      channels.push(channel);
      ipcMain.on(channel, (event, ...args: unknown[]) => {
        const call = trustedCall(event, options);
        const payload = v.safeParse(schema, args.length === 0 ? null : args[0]);
        if (call === null || args.length > 1 || !payload.success) {
          refused += 1;
          options.onRefused(channel, call === null ? 'foreign frame' : 'wrong arguments');
          return;
        }
        listener(call, payload.output);
      });
    },
    refusedCount: () => refused,
    close() {
      for (const channel of channels.splice(0)) ipcMain.removeAllListeners(channel);
    },
  };
}

function trustedCall(event: IpcMainEvent, options: IpcRouterOptions): TrustedCall | null {
  try {
    const frame = event.senderFrame;
    if (frame === null || frame.detached || frame.isDestroyed()) return null;
    if (frame !== event.sender.mainFrame || !isOurPage(frame.url)) return null;
    const window = options.windowOf(event.sender.id);
    return window === null ? null : { window, frame };
  } catch {
    // Electron throws on every property of a frame that went away between the call and now.
    return null;
  }
}
