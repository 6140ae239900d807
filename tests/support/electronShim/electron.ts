import { fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ShimCall, ShimDelivery, ShimHello, ShimReport, ShimRequest } from './messages.ts';
import { ShimChannel } from './shimPort.ts';
import type { ShimPort } from './shimPort.ts';
import { openShimServer } from './shimServer.ts';
import type { PageHandler } from './shimServer.ts';

/**
 * What the built main process imports as `electron` when it runs under plain Node in a test. Windows are pages of a
 * real Chromium, held by the test that started this process and told what to open over the process's IPC channel.
 */

const scheme = 'app';
const disposed = 'Render frame was disposed before WebFrameMain could be accessed';

let pageHandler: PageHandler | null = null;
const contentsById = new Map<number, ShimContents>();

const server = await openShimServer({
  scheme,
  pageHandler: () => pageHandler,
  onDocument: (contents, socket) => {
    contentsById.get(contents)?.enterDocument(socket);
  },
});

function ask(request: ShimRequest): void {
  if (process.connected) process.send?.(request);
}

interface Preventable {
  defaultPrevented: boolean;
  preventDefault(): void;
}

function preventable(): Preventable {
  const event = {
    defaultPrevented: false,
    preventDefault() {
      event.defaultPrevented = true;
    },
  };
  return event;
}

class ShimFrame {
  isGone = false;
  private readonly address: string;
  private readonly socket: WebSocket;

  constructor(address: string, socket: WebSocket) {
    this.address = address;
    this.socket = socket;
  }

  get url(): string {
    if (this.isGone) throw new Error(disposed);
    return this.address;
  }

  get detached(): boolean {
    if (this.isGone) throw new Error(disposed);
    return false;
  }

  isDestroyed(): boolean {
    return this.isGone;
  }

  postMessage(channel: string, message: unknown, ports: readonly ShimPort[] = []): void {
    if (this.isGone) throw new Error(disposed);
    const delivery: ShimDelivery = {
      channel,
      message: structuredClone(message),
      ports: ports.map((port) => server.offerPort(port)),
    };
    this.socket.send(JSON.stringify(delivery));
  }
}

class ShimContents extends EventEmitter {
  readonly id: number;
  mainFrame: ShimFrame | null = null;
  private address = 'about:blank';

  constructor(id: number) {
    super();
    this.id = id;
    contentsById.set(id, this);
  }

  getURL(): string {
    return this.address;
  }

  load(address: string): string {
    this.address = address;
    const { pathname, search } = new URL(address);
    return `${server.origin}${pathname === '' ? '/' : pathname}${search}`;
  }

  reload(): void {
    ask({ type: 'reload', contents: this.id });
  }

  setWindowOpenHandler(): void {
    // Covered by the unit tests: a page of a plain browser cannot be asked.
  }

  enterDocument(socket: WebSocket): void {
    let frame: ShimFrame | null = null;
    socket.on('message', (bytes: Buffer) => {
      const message = parseDocumentMessage(bytes.toString('utf8'));
      if (message.type === 'hello') {
        frame = new ShimFrame(
          message.address.replace(server.origin, `${scheme}://truetape`),
          socket,
        );
        if (this.mainFrame !== null) this.mainFrame.isGone = true;
        this.mainFrame = frame;
      } else {
        ipcMain.emit(
          message.channel,
          { sender: this, senderFrame: frame, ports: [] },
          ...message.args,
        );
      }
    });
    socket.on('close', () => {
      if (frame !== null) frame.isGone = true;
    });
  }
}

function parseDocumentMessage(text: string): ShimHello | ShimCall {
  return JSON.parse(text) as ShimHello | ShimCall;
}

let nextContents = 1;

export class BrowserWindow extends EventEmitter {
  static readonly all = new Set<BrowserWindow>();
  readonly webContents: ShimContents;
  private bounds: Electron.Rectangle;
  private readonly state = { minimized: false, maximized: false, destroyed: false };

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    const { x = 0, y = 0, width = 800, height = 600 } = options;
    this.bounds = { x, y, width, height };
    this.webContents = new ShimContents(nextContents++);
    BrowserWindow.all.add(this);
  }

  loadURL(address: string): Promise<void> {
    const { width, height } = this.bounds;
    const contents = this.webContents.id;
    const loaded = new Promise<void>((resolve, reject) => {
      const onReport = (report: ShimReport): void => {
        if (report.type !== 'opened' || report.contents !== contents) return;
        process.off('message', onReport);
        if (report.ok) {
          this.emit('ready-to-show');
          resolve();
        } else reject(new Error('the page did not load'));
      };
      process.on('message', onReport);
    });
    ask({ type: 'open', contents, address: this.webContents.load(address), width, height });
    return loaded;
  }

  show(): void {
    this.emit('show');
  }

  hide(): void {
    this.emit('hide');
  }

  focus(): void {
    this.emit('focus');
  }

  minimize(): void {
    this.state.minimized = true;
    this.emit('minimize');
  }

  restore(): void {
    this.state.minimized = false;
    this.emit('restore');
  }

  maximize(): void {
    this.state.maximized = true;
    this.emit('resize');
  }

  unmaximize(): void {
    this.state.maximized = false;
    this.emit('resize');
  }

  isMinimized(): boolean {
    return this.state.minimized;
  }

  isMaximized(): boolean {
    return this.state.maximized;
  }

  isDestroyed(): boolean {
    return this.state.destroyed;
  }

  getNormalBounds(): Electron.Rectangle {
    return { ...this.bounds };
  }

  setBounds(bounds: Electron.Rectangle): void {
    this.bounds = { ...bounds };
    this.emit('move');
    this.emit('resize');
  }

  close(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.state.destroyed) return;
    this.state.destroyed = true;
    BrowserWindow.all.delete(this);
    contentsById.delete(this.webContents.id);
    ask({ type: 'close', contents: this.webContents.id });
    this.emit('closed');
    if (BrowserWindow.all.size === 0) app.emit('window-all-closed');
  }
}

process.on('message', (report: ShimReport) => {
  if (report.type !== 'closed') return;
  for (const window of BrowserWindow.all) {
    if (window.webContents.id === report.contents) window.destroy();
  }
});

class ShimApp extends EventEmitter {
  readonly isPackaged = false;
  private readonly paths = new Map<string, string>();

  setName(): void {
    // The name shows in menus only.
  }

  setPath(name: string, path: string): void {
    this.paths.set(name, path);
    mkdirSync(path, { recursive: true });
  }

  /** A file with the process's number, and a signal to the process that holds it. */
  requestSingleInstanceLock(): boolean {
    const file = join(this.paths.get('userData') ?? '', 'SingletonLock');
    const holder = readHolder(file);
    if (holder !== null) {
      try {
        process.kill(holder, 'SIGUSR2');
        return false;
      } catch {
        // Its holder was killed.
      }
    }
    writeFileSync(file, String(process.pid));
    process.on('SIGUSR2', () => this.emit('second-instance', {}, [], '', {}));
    process.on('exit', () => {
      rmSync(file, { force: true });
    });
    return true;
  }

  whenReady(): Promise<void> {
    return Promise.resolve();
  }

  quit(): void {
    this.emit('before-quit', preventable());
    for (const window of BrowserWindow.all) window.destroy();
    const event = preventable();
    this.emit('will-quit', event);
    if (!event.defaultPrevented) this.exit(0);
  }

  exit(code = 0): void {
    server.close();
    process.exit(code);
  }
}

function readHolder(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

export const app = new ShimApp();

class ShimIpcMain extends EventEmitter {
  private readonly handled = new Set<string>();

  handle(channel: string): void {
    if (this.handled.has(channel)) {
      throw new Error(`Attempted to register a second handler for '${channel}'`);
    }
    this.handled.add(channel);
  }
}

export const ipcMain = new ShimIpcMain();
export const MessageChannelMain = ShimChannel;

class ShimSession extends EventEmitter {
  setPermissionRequestHandler(): void {
    // Covered by the unit tests.
  }

  setPermissionCheckHandler(): void {
    // Covered by the unit tests.
  }

  setDevicePermissionHandler(): void {
    // Covered by the unit tests.
  }

  setSpellCheckerEnabled(): void {
    // Covered by the unit tests.
  }
}

export const session = { defaultSession: new ShimSession() };

class ShimScreen extends EventEmitter {
  private readonly display = { id: 1, workArea: { x: 0, y: 0, width: 1600, height: 1000 } };

  getAllDisplays() {
    return [this.display];
  }

  getPrimaryDisplay() {
    return this.display;
  }
}

export const screen = new ShimScreen();
export const powerMonitor = new EventEmitter();

export const protocol = {
  registerSchemesAsPrivileged(): void {
    // The loopback origin of the shim is privileged enough.
  },
  handle(_scheme: string, handler: PageHandler): void {
    if (pageHandler !== null) throw new Error('the scheme is handled already');
    pageHandler = handler;
  },
};

export const shell = {
  showItemInFolder(path: string): void {
    process.stdout.write(`revealed ${path}\n`);
  },
  openExternal(address: string): Promise<void> {
    ask({ type: 'external', address });
    return Promise.resolve();
  },
};

export const dialog = {
  showErrorBox(title: string, text: string): void {
    process.stderr.write(`${title}: ${text}\n`);
  },
  showMessageBox(): Promise<{ readonly response: number }> {
    return Promise.resolve({ response: 0 });
  },
};

export const Menu = {
  setApplicationMenu(): void {
    // A frameless window shows none.
  },
  buildFromTemplate: (template: unknown): unknown => template,
};

class ShimUtilityProcess extends EventEmitter {
  readonly stdout: Readable | null;
  private readonly child: ReturnType<typeof fork>;

  constructor(module: string, args: readonly string[]) {
    super();
    // The real one dies with the application: the life line of the IPC channel does the same here.
    this.child = fork(module, ['--parent', ...args], { silent: true });
    this.stdout = this.child.stdout;
    this.child.once('exit', (code) => this.emit('exit', code ?? 1));
  }

  kill(): boolean {
    return this.child.kill('SIGTERM');
  }
}

export const utilityProcess = {
  fork: (module: string, args: readonly string[]) => new ShimUtilityProcess(module, args),
};
