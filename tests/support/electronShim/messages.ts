/** Between a main process that runs on the shim and the test that holds the browser. */
export type ShimRequest =
  | {
      readonly type: 'open';
      readonly contents: number;
      readonly address: string;
      readonly width: number;
      readonly height: number;
    }
  | { readonly type: 'load'; readonly contents: number; readonly address: string }
  | { readonly type: 'reload'; readonly contents: number }
  | { readonly type: 'close'; readonly contents: number }
  | { readonly type: 'external'; readonly address: string };

export type ShimReport =
  | { readonly type: 'opened'; readonly contents: number; readonly ok: boolean }
  | { readonly type: 'closed'; readonly contents: number };

/** First message of every document; the document ends with its socket. */
export interface ShimHello {
  readonly type: 'hello';
  readonly address: string;
}

export interface ShimCall {
  readonly type: 'call';
  readonly channel: string;
  readonly args: readonly unknown[];
}

export interface ShimDelivery {
  readonly channel: string;
  readonly message: unknown;
  readonly ports: readonly number[];
}

export const shimPaths = { contents: '/__shim/contents', port: '/__shim/port' } as const;
