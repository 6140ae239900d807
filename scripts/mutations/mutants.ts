export interface Mutant {
  /** The rule that is broken. */
  readonly rule: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Of these at least one test must fail. */
  readonly tests: readonly string[];
  /** Random faults alone must notice it too. */
  readonly chaos?: true;
}

const engine = 'src/main/engine';
const tests = 'tests/main/engine';
const faults = 'tests/faults';

/** One rule each on which a right number rests. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'Binance: a diff continues the last (U, u)',
    file: `${engine}/venues/binance/sequencing.ts`,
    find: 'if ((delta.first ?? delta.last) <= last + 1)',
    replace: 'if (delta.last > last)',
    tests: [`${tests}/venues/binance/sequencing.test.ts`, `${tests}/book/bookState.test.ts`],
    chaos: true,
  },
  {
    rule: 'Bybit: u counts by one',
    file: `${engine}/venues/bybit/sequencing.ts`,
    find: 'if (delta.last === lastSequence + 1)',
    replace: 'if (delta.last > lastSequence)',
    tests: [`${tests}/book/streamBooks.test.ts`, `${tests}/venues/bybit/bybit.test.ts`],
    chaos: true,
  },
  {
    rule: 'OKX: prevSeqId names the last seqId',
    file: `${engine}/venues/okx/sequencing.ts`,
    find: "if (previous === last) return 'apply';",
    replace: "if (update.last > last) return 'apply';",
    tests: [`${tests}/book/streamBooks.test.ts`, `${tests}/venues/okx/okx.test.ts`],
    chaos: true,
  },
  {
    rule: 'OKX: an older update is a gap, not harmless',
    file: `${engine}/venues/okx/sequencing.ts`,
    find: "return update.last === last && previous < last ? 'ignore' : 'gap';",
    replace: "return update.last <= last ? 'ignore' : 'gap';",
    tests: [`${tests}/book/streamBooks.test.ts`, `${tests}/venues/okx/okx.test.ts`],
  },
  {
    rule: 'OKX: a checksum that is sent must fit',
    file: `${engine}/venues/okx/sequencing.ts`,
    find: 'event.checksum === null || checksumOf(book) === event.checksum',
    replace: 'event.checksum === null || checksumOf(book) !== 0.5',
    tests: [`${tests}/book/streamBooks.test.ts`, `${tests}/venues/okx/okx.test.ts`],
  },
  {
    rule: 'a late snapshot of an earlier attempt is discarded by its epoch',
    file: `${engine}/book/bookAttempts.ts`,
    find: "if (epoch !== this.#epoch || this.#inFlight !== 'restSnapshot') return false;",
    replace: 'if (epoch < 0) return false;',
    tests: [`${tests}/book/bookState.test.ts`, `${faults}/bookSequence.test.ts`],
  },
  {
    rule: 'held diffs join a snapshot only without a hole',
    file: `${engine}/book/snapshotJoin.ts`,
    find: "if (verdict !== 'apply') {",
    replace: "if (verdict === 'reset') {",
    tests: [`${tests}/book/bookState.test.ts`],
  },
  {
    rule: 'a snapshot older than what is held is refused',
    file: `${engine}/book/snapshotJoin.ts`,
    find: "if (verdict === 'early') return { type: 'early' };",
    replace: "if (verdict === 'early') applied += 0;",
    tests: [`${tests}/book/bookState.test.ts`],
  },
  {
    rule: 'a crossed book is not live',
    file: `${engine}/book/bookJudge.ts`,
    find: 'return book.isCrossed && !this.#mayBeCrossed;',
    replace: 'return book.isCrossed && book.isCrossed !== !this.#mayBeCrossed;',
    tests: [`${tests}/book/bookState.test.ts`],
  },
  {
    rule: 'validity: what is in resync leaves the consolidated price',
    file: `${engine}/consolidated/computePrice.ts`,
    find: "if (part.status === 'resyncing') return 'resyncing';",
    replace: '',
    tests: [`${tests}/consolidated/computePrice.test.ts`],
    chaos: true,
  },
  {
    rule: 'validity: what is stale leaves the consolidated price',
    file: `${engine}/consolidated/computePrice.ts`,
    find: "if (part.status === 'stale' || part.status === 'failed') return 'stale';",
    replace: '',
    tests: [`${tests}/consolidated/computePrice.test.ts`],
    chaos: true,
  },
  {
    rule: 'validity: a book that is not whole leaves the consolidated book',
    file: `${engine}/market/bookPart.ts`,
    find: 'const counted = isWhole && ',
    replace: 'const counted = ',
    tests: [`${tests}/threeVenues.test.ts`, `${tests}/core.test.ts`],
    chaos: true,
  },
  {
    rule: 'one venue of three that is far out weighs nothing',
    file: `${engine}/consolidated/computePrice.ts`,
    find: 'if (deviation > maxDeviation)',
    replace: 'if (deviation > 1_000)',
    tests: [`${tests}/consolidated/computePrice.test.ts`],
  },
  {
    rule: 'two venues far apart give no number',
    file: `${engine}/consolidated/computePrice.ts`,
    find: 'fresh.length === 2 && spread(fresh) > maxDeviation',
    replace: 'fresh.length === 2 && spread(fresh) > 1_000',
    tests: [`${tests}/consolidated/computePrice.test.ts`],
  },
  {
    rule: 'a venue counts with its last trade inside its own best bid and ask',
    file: `${engine}/consolidated/computePrice.ts`,
    find: 'Math.min(Math.max(lastTrade, bid), ask)',
    replace: 'lastTrade',
    tests: [`${tests}/consolidated/computePrice.test.ts`],
    chaos: true,
  },
  {
    rule: 'the silence watch',
    file: `${engine}/feed/silence.ts`,
    find: "if (stream.status !== 'quiet') {",
    replace: "if (stream.status === 'quiet') {",
    tests: [`${tests}/feed/silenceJudge.test.ts`],
  },
  {
    rule: 'gaps are recorded',
    file: `${engine}/feed/gapLog.ts`,
    find: 'this.gaps.push(gap);\n',
    replace: '\n',
    tests: [`${tests}/feed/gapLog.test.ts`, `${tests}/market/tradeRepair.test.ts`],
  },
  {
    rule: 'gaps are told',
    file: `${engine}/feed/gapLog.ts`,
    find: 'this.onGap(gap);',
    replace: '',
    tests: [`${tests}/feed/gapLog.test.ts`],
  },
  {
    rule: 'a trade id that is not consecutive counts once',
    file: `${engine}/tape/tradeIds.ts`,
    find: 'if (this.#remembered.has(id)) return repeated;',
    replace: '',
    tests: [`${tests}/tape/tape.test.ts`],
    chaos: true,
  },
  {
    rule: 'a consecutive trade id counts once',
    file: `${engine}/tape/tradeIds.ts`,
    find: 'return this.#fill(first, last) ? late : repeated;',
    replace: 'return this.#fill(first, last) ? late : late;',
    tests: [`${tests}/tape/tape.test.ts`],
    chaos: true,
  },
  {
    rule: 'missing trade ids open a hole',
    file: `${engine}/tape/tradeIds.ts`,
    find: 'if (first > previous) {',
    replace: 'if (first > previous + 1_000_000_000) {',
    tests: [`${tests}/tape/tape.test.ts`],
    chaos: true,
  },
  {
    rule: 'strict rolling windows',
    file: `${engine}/feed/rollingWindow.ts`,
    find: 'for (let index = 0; index < this.times.length && sum > room; index += 1) {',
    replace: 'for (let index = 0; index < 0 && sum > room; index += 1) {',
    tests: [`${tests}/feed/rollingWindow.test.ts`],
  },
  {
    rule: 'Retry-After is honored',
    file: `${engine}/shell/shell.ts`,
    find: "if (verdict.type !== 'rate-limited') return;",
    replace: "if (verdict.type === 'rate-limited') return;",
    tests: [`${tests}/shell/shell.test.ts`],
  },
  {
    rule: 'delays grow',
    file: `${engine}/feed/backoff.ts`,
    find: 'const doublings = 2 ** Math.min(attempt, 10);',
    replace: 'const doublings = 1;',
    tests: [`${tests}/feed/reconnect.test.ts`],
  },
  {
    rule: 'named credentials are redacted',
    file: `${engine}/credentials.ts`,
    find: '.replace(named, `$1${secretMark}`)',
    replace: '',
    tests: [`${tests}/feed/inertText.test.ts`],
  },
  {
    rule: 'bearer tokens are redacted',
    file: `${engine}/credentials.ts`,
    find: '.replace(scheme, `$1 ${secretMark}`)',
    replace: '',
    tests: [`${tests}/feed/inertText.test.ts`],
  },
  {
    rule: 'a book that differs from the best prices of its own venue is doubted',
    file: `${engine}/book/topCheck.ts`,
    find: 'const differs = !isSameTop(top, book);',
    replace: 'const differs = top.sequence < 0 && !isSameTop(top, book);',
    tests: [`${faults}/bookTop.test.ts`, `${faults}/books.test.ts`],
  },
  {
    rule: 'a venue that is seconds behind leaves the price',
    file: `${engine}/market/lateness.ts`,
    find: 'lag.isLate ||= lag.lateEvents >= eventsToBelieve && nowMs - lag.punctualMs >= believedAfterMs;',
    replace: '',
    tests: [`${faults}/prices.test.ts`],
  },
  {
    rule: 'prints far from everything are marked',
    file: `${engine}/market/outlierPrint.ts`,
    find: 'return isFarFromTop && (consolidated === null || isFar(price, consolidated, consolidated));',
    replace: 'return false;',
    tests: [`${faults}/prices.test.ts`],
  },
  {
    rule: 'trades that cannot be read are a gap',
    file: `${engine}/feed/frameRouter.ts`,
    find: 'this.listener.onRefusedTrades(stream);',
    replace: '',
    tests: [`${tests}/market/refusedTrades.test.ts`],
    chaos: true,
  },
  {
    rule: 'a handshake without answer ends',
    file: `${engine}/feed/connectionSockets.ts`,
    find: "this.setDeadline('handshake', context.nowMs + handshakeMs, context);",
    replace: '',
    tests: [`${tests}/feed/connectionSockets.test.ts`],
  },
  {
    rule: 'the old socket of a handover ends',
    file: `${engine}/feed/connectionSockets.ts`,
    find: "this.terminate(active, 'handed over', context);",
    replace: '',
    tests: [`${tests}/feed/connectionSockets.test.ts`],
  },
  {
    rule: 'two sockets of a handover tell each event once',
    file: `${engine}/feed/frameRouter.ts`,
    find: 'if (!this.follows(event, connection, socket)) return;',
    replace: 'this.follows(event, connection, socket);',
    tests: [`${faults}/rotation.test.ts`],
  },
  {
    rule: 'requests to a venue that does not answer stop for a while',
    file: `${engine}/feed/circuitBreaker.ts`,
    find: 'if (this.failures >= threshold) this.open(nowMs, isSeen);',
    replace: '',
    tests: [`${tests}/feed/restQueue.test.ts`, `${faults}/networkUnreachable.test.ts`],
  },
  {
    rule: 'messages of the future are brought back',
    file: `${engine}/feed/venueTimes.ts`,
    find: 'if (newest <= latest && !isAncient) return null;',
    replace: 'if (newest !== 0) return null;',
    tests: [`${faults}/venueTimes.test.ts`],
  },
];
