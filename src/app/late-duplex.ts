import { EventEmitter } from "node:events";
import { Duplex, Writable } from "node:stream";

/** Node's `_readableState` and `_writableState`: where a stream keeps how it is doing. */
type State = Record<PropertyKey, unknown>;
type Listener = (...args: unknown[]) => void;

const OPTIONS = { decodeStrings: false };
const inherited = Duplex.prototype as Duplex & EventEmitter;
const { WritableState } = Writable as unknown as { WritableState: new () => State };

class Late extends EventEmitter {
  isMade = false;
  allowHalfOpen = true;
  readonly #writing = new WritingState(this);

  /** Node's Duplex sets this and `_readableState`, which are its own from then on. */
  get _writableState(): State {
    return this.#writing as unknown as State;
  }

  set _writableState(state: State) {
    setOwn(this, "_writableState", state);
  }

  get _readableState(): State {
    this.make();
    return this._readableState;
  }

  set _readableState(state: State) {
    setOwn(this, "_readableState", state);
  }

  make(): void {
    if (this.isMade) return;
    this.isMade = true;
    const corked = this.#writing.leave();
    (Duplex as unknown as (this: Late, options: object) => void).call(this, OPTIONS);
    for (let i = 0; i < corked; i++) this.cork();
  }

  cork(): void {
    if (this.isMade) inherited.cork.call(this as never);
    else this.#writing.corked += 1;
  }

  uncork(): void {
    if (this.isMade) inherited.uncork.call(this as never);
    else if (this.#writing.corked > 0) this.#writing.corked -= 1;
  }

  override on(event: string | symbol, listener: Listener): this {
    return this.#listening(event).on.call(this, event, listener) as this;
  }

  override addListener(event: string | symbol, listener: Listener): this {
    return this.on(event, listener);
  }

  override removeListener(event: string | symbol, listener: Listener): this {
    return this.#listening(event).removeListener.call(this, event, listener) as this;
  }

  override off(event: string | symbol, listener: Listener): this {
    return this.removeListener(event, listener);
  }

  /** To listen for these is to read. */
  #listening(event: string | symbol): EventEmitter {
    return this.isMade || event === "data" || event === "readable" ? inherited : EventEmitter.prototype;
  }
}

/** Stands for `_writableState`: node's `end` sets `corked` there. Whatever else is asked makes the streams and is theirs. */
class WritingState {
  corked: number;
  readonly #socket: Late;

  constructor(socket: Late) {
    this.corked = 0;
    this.#socket = socket;
  }

  /** @returns how often it was corked; from here on that too is asked of the streams. */
  leave(): number {
    const { corked } = this;
    Reflect.deleteProperty(this, "corked");
    return corked;
  }

  static {
    const made = (state: object): State => {
      if (!(#socket in state)) return {};
      state.#socket.make();
      return state.#socket._writableState;
    };
    const passedOn = new Proxy(Object.create(WritableState.prototype) as object, {
      get: (_, key, state: object) => made(state)[key],
      set: (_, key, value, state: object) => Reflect.set(made(state), key, value),
    });
    Object.setPrototypeOf(WritingState.prototype, passedOn);
  }
}

/** What a stream tells without being made: the same as one with which nothing has happened. */
const TOLD = ["destroyed", "errored", "readable", "readableHighWaterMark"] as const;
const TOLD_OF_WRITING = ["writable", "writableHighWaterMark", "writableLength"] as const;

Object.setPrototypeOf(Late.prototype, inherited);
const fresh = new Duplex(OPTIONS);
for (const name of [...TOLD, ...TOLD_OF_WRITING]) {
  const { get, set } = accessor(name);
  const idle = fresh[name];
  const told = function (this: Late): unknown {
    return this.isMade ? get!.call(this) : idle;
  };
  Object.defineProperty(Late.prototype, name, { get: told, configurable: true, ...(set && { set }) });
}

/**
 * A Duplex that makes its streams when something is asked of them. What node's messages do with the
 * socket of a request that is answered in one go needs none, nor does listening for its end. Node makes
 * each Writable with a function that V8 puts among its old objects, and all that this leads to, a whole
 * request, would outlive minor collections (docs/adr/0020).
 */
export const LateDuplex = Late as unknown as new () => Duplex & Pick<Late, "isMade" | "make">;

function accessor(name: string): PropertyDescriptor {
  for (let at: object = inherited; ; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found) return found;
  }
}

function setOwn(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}
