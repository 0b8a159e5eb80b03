import { performance } from "node:perf_hooks";
import process from "node:process";

/** Something to say to a peer waits in it. */
export interface Sender {
  send(): void;
}

/** So many are sent before more requests are read: the peers have work while we do ours. */
const MOST = 16;
/** With fewer, looking for more costs as much as it saves. */
const FEWEST = 6;
/** How many then leave alone before it is tried again. */
const ALONE = 64;
/** A wait of more than this, milliseconds, says that the app computes for long. */
const LONG_WAIT = 2;
/** How many leave alone after it. */
const ALONE_AFTER_LONG_WAIT = 1_000;

/**
 * What a worker's connections have to say, sent together when what arrived in this turn of the event loop
 * has been looked at. A write to a peer that sleeps wakes it up, and pays for that; the next ones find it
 * awake. Where few have something to say in a turn, each is sent by itself (docs/adr/0018).
 */
export class WriteBatch {
  #waiting: Sender[] = [];
  /** When the first of those came; milliseconds, monotonic. */
  #since = 0;
  #isScheduled = false;
  /** How many came in this turn. */
  #count = 0;
  /** To be sent alone before any waits for others. */
  #alone = 0;
  readonly #now: () => number;
  readonly #endOfTurn = (): void => {
    if (this.#count < FEWEST) this.#alone ||= ALONE;
    this.#endOfTick();
  };
  readonly #endOfTick = (): void => {
    this.#isScheduled = false;
    this.#count = 0;
    this.flush();
  };

  /** @param now milliseconds, monotonic. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Asked once for each that could be sent at once: whether it should be. */
  goesAlone(): boolean {
    if (this.#alone === 0) return false;
    this.#alone -= 1;
    return true;
  }

  /** Milliseconds, monotonic: where somebody waits in this turn, since when. Asking the clock takes longer. */
  get turn(): number {
    return this.#isScheduled ? this.#since : this.#now();
  }

  add(sender: Sender): void {
    this.#count += 1;
    const waiting = this.#waiting.push(sender);
    if (waiting === 1) this.#since = this.#now();
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      if (this.#alone > 0) process.nextTick(this.#endOfTick);
      else setImmediate(this.#endOfTurn);
    } else if (waiting === MOST) {
      this.flush();
    }
  }

  /** Sends what waits, in the order in which it came. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    // The first one waited while the others' requests were answered.
    if (waiting.length > 1 && this.#now() - this.#since > LONG_WAIT) this.#alone = ALONE_AFTER_LONG_WAIT;
    this.#waiting = [];
    for (const sender of waiting) sender.send();
  }
}
