import { EventEmitter } from 'node:events';

/**
 * Stands for `electron` in unit tests, with the real one's awkward sides: everything is structured-cloned on every
 * hop, a port closes on what cannot be cloned, a message with a buffer in its transfer list is lost, frames that went
 * away throw on every property, a second `handle` throws.
 */

const disposed = 'Render frame was disposed before WebFrameMain could be accessed';

type Preventable = { defaultPrevented: boolean; preventDefault(): void };

function preventable<Fields extends object>(fields: Fields): Fields & Preventable {
  const event = {
    ...fields,
    defaultPrevented: false,
    preventDefault() {
      event.defaultPrevented = true;
    },
  };
  return event;
}

/** Either end of a channel; `MessagePortMain` in main, a DOM port in a page. Delivers in later turns, as processes do. */
export class FakePort extends EventEmitter {
  peer: FakePort | null = null;
  isClosed = false;
  private isStarted = false;
  private queue: unknown[] = [];

  start(): void {
    this.isStarted = true;
    const queue = this.queue;
    this.queue = [];
    for (const message of queue) this.emit('message', { data: message, ports: [] });
  }

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    if (this.isClosed) return;
    let copy: unknown;
    try {
      copy = structuredClone(message);
    } catch (error) {
      this.close();
      throw error;
    }
    // Buffers do not survive a transfer between processes: the message arrives empty, which is to say lost.
    if (transfer.some((entry) => !(entry instanceof FakePort))) return;
    const { peer } = this;
    setImmediate(() => {
      peer?.take(copy);
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { peer } = this;
    setImmediate(() => {
      peer?.closeFromPeer();
    });
    setImmediate(() => {
      this.emit('close');
    });
  }

  private take(message: unknown): void {
    if (this.isClosed) return;
    if (this.isStarted) this.emit('message', { data: message, ports: [] });
    else this.queue.push(message);
  }

  private closeFromPeer(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.emit('close');
  }
}

export class MessageChannelMain {
  readonly port1 = new FakePort();
  readonly port2 = new FakePort();

  constructor() {
    this.port1.peer = this.port2;
    this.port2.peer = this.port1;
  }
}

/** What arrived in a frame, for tests to look at. */
export interface FrameMessage {
  readonly channel: string;
  readonly message: unknown;
  readonly ports: readonly FakePort[];
}

export class FakeFrame {
  readonly messages: FrameMessage[] = [];
  isGone = false;
  private readonly address: string;

  constructor(address: string) {
    this.address = address;
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

  postMessage(channel: string, message: unknown, ports: readonly FakePort[] = []): void {
    if (this.isGone) throw new Error(disposed);
    this.messages.push({ channel, message: structuredClone(message), ports });
  }
}

let nextContentsId = 1;

export class FakeWebContents extends EventEmitter {
  readonly id = nextContentsId++;
  mainFrame = new FakeFrame('about:blank');
  reloads = 0;
  windowOpenHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });

  getURL(): string {
    return this.mainFrame.url;
  }

  setWindowOpenHandler(handler: FakeWebContents['windowOpenHandler']): void {
    this.windowOpenHandler = handler;
  }

  reload(): void {
    this.reloads += 1;
    this.navigate(this.mainFrame.url);
  }

  /** A new document: the former frame is gone for good. */
  navigate(address: string): void {
    const former = this.mainFrame;
    this.mainFrame = new FakeFrame(address);
    former.isGone = true;
  }

  /** Whether a page may go there. */
  tryNavigate(address: string, isMainFrame = true): boolean {
    const event = preventable({ url: address, isMainFrame });
    this.emit('will-frame-navigate', event);
    return !event.defaultPrevented;
  }
}

export class BrowserWindow extends EventEmitter {
  static readonly opened: BrowserWindow[] = [];
  readonly webContents = new FakeWebContents();
  readonly options: Readonly<Record<string, unknown>>;
  isShown = false;
  private bounds: Electron.Rectangle;
  private minimized = false;
  private maximized = false;
  private destroyed = false;

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    this.options = { ...options };
    const { x = 0, y = 0, width = 800, height = 600 } = options;
    this.bounds = { x, y, width, height };
    BrowserWindow.opened.push(this);
  }

  loadURL(address: string): Promise<void> {
    this.webContents.navigate(address);
    setImmediate(() => {
      if (!this.destroyed) this.emit('ready-to-show');
    });
    return Promise.resolve();
  }

  show(): void {
    this.isShown = true;
    this.emit('show');
  }

  hide(): void {
    this.isShown = false;
    this.emit('hide');
  }

  focus(): void {
    this.emit('focus');
  }

  minimize(): void {
    this.minimized = true;
    this.emit('minimize');
  }

  restore(): void {
    this.minimized = false;
    this.emit('restore');
  }

  maximize(): void {
    this.maximized = true;
    this.emit('resize');
  }

  unmaximize(): void {
    this.maximized = false;
    this.emit('resize');
  }

  isMinimized(): boolean {
    return this.minimized;
  }

  isMaximized(): boolean {
    return this.maximized;
  }

  isDestroyed(): boolean {
    return this.destroyed;
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
    if (this.destroyed) return;
    this.destroyed = true;
    this.webContents.mainFrame.isGone = true;
    this.emit('closed');
    if (BrowserWindow.opened.every((window) => window.destroyed)) app.emit('window-all-closed');
  }
}

class FakeApp extends EventEmitter {
  isPackaged = false;
  isFirstInstance = true;
  readonly paths = new Map<string, string>();
  exitCode: number | null = null;

  setName(): void {
    // The name shows in menus only.
  }

  setPath(name: string, path: string): void {
    this.paths.set(name, path);
  }

  requestSingleInstanceLock(): boolean {
    return this.isFirstInstance;
  }

  whenReady(): Promise<void> {
    return Promise.resolve();
  }

  quit(): void {
    this.emit('before-quit', preventable({}));
    for (const window of BrowserWindow.opened) window.destroy();
    const event = preventable({});
    this.emit('will-quit', event);
    if (!event.defaultPrevented) this.exit(0);
  }

  exit(code = 0): void {
    this.exitCode ??= code;
  }
}

export const app = new FakeApp();

class FakeIpcMain extends EventEmitter {
  private readonly handlers = new Set<string>();

  handle(channel: string): void {
    if (this.handlers.has(channel)) {
      throw new Error(`Attempted to register a second handler for '${channel}'`);
    }
    this.handlers.add(channel);
  }

  /** A call as it arrives from a page: arguments cloned. */
  receive(
    channel: string,
    origin: { readonly sender: FakeWebContents; readonly senderFrame: FakeFrame | null },
    ...args: readonly unknown[]
  ): void {
    const copies: unknown[] = args.map((argument) => structuredClone(argument));
    this.emit(channel, { ...origin, ports: [] }, ...copies);
  }
}

export const ipcMain = new FakeIpcMain();

class FakeSession extends EventEmitter {
  permissionRequest:
    ((contents: unknown, name: string, answer: (ok: boolean) => void) => void) | null = null;
  permissionCheck: (() => boolean) | null = null;
  devicePermission: (() => boolean) | null = null;
  spellChecker = true;

  setPermissionRequestHandler(handler: FakeSession['permissionRequest']): void {
    this.permissionRequest = handler;
  }

  setPermissionCheckHandler(handler: FakeSession['permissionCheck']): void {
    this.permissionCheck = handler;
  }

  setDevicePermissionHandler(handler: FakeSession['devicePermission']): void {
    this.devicePermission = handler;
  }

  setSpellCheckerEnabled(enabled: boolean): void {
    this.spellChecker = enabled;
  }
}

export const session = { defaultSession: new FakeSession() };

export interface FakeDisplay {
  readonly id: number;
  readonly workArea: Electron.Rectangle;
}

class FakeScreen extends EventEmitter {
  displays: FakeDisplay[] = [{ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } }];

  getAllDisplays(): readonly FakeDisplay[] {
    return this.displays;
  }

  getPrimaryDisplay(): FakeDisplay {
    const [first] = this.displays;
    if (first === undefined) throw new Error('there is no display');
    return first;
  }

  change(displays: FakeDisplay[], event = 'display-removed'): void {
    this.displays = displays;
    this.emit(event);
  }
}

export const screen = new FakeScreen();

export const protocol = {
  isRegistered: false,
  handler: null as ((request: Request) => Promise<Response>) | null,
  registerSchemesAsPrivileged(): void {
    protocol.isRegistered = true;
  },
  handle(_scheme: string, handler: (request: Request) => Promise<Response>): void {
    if (protocol.handler !== null) throw new Error('the scheme is handled already');
    protocol.handler = handler;
  },
};

export const shell = {
  opened: [] as string[],
  revealed: [] as string[],
  showItemInFolder(path: string): void {
    shell.revealed.push(path);
  },
  openExternal(address: string): Promise<void> {
    shell.opened.push(address);
    return Promise.resolve();
  },
};

export const dialog = {
  errors: [] as string[],
  questions: [] as string[],
  answer: 0,
  showErrorBox(_title: string, text: string): void {
    dialog.errors.push(text);
  },
  showMessageBox(
    _window: unknown,
    options: { readonly message: string },
  ): Promise<{ response: number }> {
    dialog.questions.push(options.message);
    return Promise.resolve({ response: dialog.answer });
  },
};

export const Menu = {
  current: undefined as unknown,
  setApplicationMenu(menu: unknown): void {
    Menu.current = menu;
  },
  buildFromTemplate: (template: unknown): unknown => template,
};

export const powerMonitor = new EventEmitter();

class FakeUtilityChild extends EventEmitter {
  readonly stdout = new EventEmitter();

  kill(): boolean {
    setImmediate(() => this.emit('exit', 0));
    return true;
  }
}

export const utilityProcess = {
  forked: [] as {
    readonly module: string;
    readonly args: readonly string[];
    readonly child: FakeUtilityChild;
  }[],
  fork(module: string, args: readonly string[]): FakeUtilityChild {
    const child = new FakeUtilityChild();
    utilityProcess.forked.push({ module, args, child });
    return child;
  },
};

/** The page's side, for the preload. */
class FakeIpcRenderer extends EventEmitter {
  readonly sent: { readonly channel: string; readonly args: readonly unknown[] }[] = [];

  send(channel: string, ...args: readonly unknown[]): void {
    this.sent.push({ channel, args: args.map((argument): unknown => structuredClone(argument)) });
  }
}

export const ipcRenderer = new FakeIpcRenderer();

export function resetFakeElectron(): void {
  app.removeAllListeners();
  app.isFirstInstance = true;
  app.exitCode = null;
  ipcMain.removeAllListeners();
  ipcRenderer.removeAllListeners();
  ipcRenderer.sent.length = 0;
  session.defaultSession = new FakeSession();
  powerMonitor.removeAllListeners();
  screen.removeAllListeners();
  screen.displays = [{ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } }];
  protocol.isRegistered = false;
  protocol.handler = null;
  shell.opened = [];
  shell.revealed = [];
  dialog.errors = [];
  dialog.questions = [];
  dialog.answer = 0;
  Menu.current = undefined;
  utilityProcess.forked = [];
  BrowserWindow.opened.length = 0;
}
