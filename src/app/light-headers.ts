import { formatWithOptions, type InspectOptions, inspect } from "node:util";
import { markAsUncloneable } from "node:worker_threads";
import {
  appendKnown,
  combined,
  cookiesOf,
  copyOf,
  fieldName,
  fieldOf,
  type HeaderList,
  hasField,
  headerListOf,
  nameAndValue,
  removeField,
  setKnown,
} from "./light-header-list.ts";
import { HeadersIterator, type Walked } from "./light-headers-iterator.ts";
import { define, defineMembers } from "./light-members.ts";

/** The fields of a light Headers, shared with the light Request or Response that it belongs to. */
interface HeadersState extends Walked {
  readonly isImmutable: boolean;
  version: number;
}

/** What `new LightHeaders` of an existing list is called with, and no app can. */
class Existing implements HeadersState {
  readonly list: HeaderList;
  readonly isImmutable: boolean;
  version = 0;
  constructor(list: HeaderList, isImmutable: boolean) {
    this.list = list;
    this.isImmutable = isImmutable;
  }
}

/** The state of a light Headers; undefined: a native one, or something else. */
let stateOf!: (value: unknown) => HeadersState | undefined;

/** A Headers class (https://fetch.spec.whatwg.org/#headers-class) on a flat list. */
export class LightHeaders {
  readonly #state: HeadersState;

  static {
    stateOf = (value) =>
      typeof value === "object" && value !== null && #state in value ? value.#state : undefined;
  }

  constructor(init?: unknown) {
    if (init instanceof Existing) this.#state = init;
    else this.#state = { list: init === undefined ? [] : copiedList(init), isImmutable: false, version: 0 };
    markAsUncloneable(this);
  }
}

/** Whether it is one of ours, and not a native one. */
export function isLightHeaders(value: unknown): boolean {
  return stateOf(value) !== undefined;
}

/** A Headers on a list: what is done to one is done to the other. */
export function headersOn(list: HeaderList, isImmutable = false): Headers {
  return new LightHeaders(new Existing(list, isImmutable)) as unknown as Headers;
}

/** A header list of its own for a HeadersInit. @throws TypeError for what is none */
export function copiedList(init: unknown): HeaderList {
  const state = stateOf(init);
  if (state !== undefined && (init as Headers)[Symbol.iterator] === prototype[Symbol.iterator]) {
    return copyOf(state.list);
  }
  return headerListOf(init);
}

const prototype = LightHeaders.prototype as unknown as Headers;

defineMembers<HeadersState>(prototype, {
  name: "Headers",
  length: 0,
  stateOf,
  getters: {},
  methods: {
    append(state, ...args: [unknown, unknown]) {
      const [name, value] = nameAndValue(...args);
      changed(state);
      appendKnown(state.list, name, value);
    },
    delete(state, given: unknown) {
      const name = fieldName(given);
      changed(state);
      removeField(state.list, name);
    },
    get: (state, name: unknown) => fieldOf(state.list, fieldName(name)),
    has: (state, name: unknown) => hasField(state.list, fieldName(name)),
    set(state, ...args: [unknown, unknown]) {
      const [name, value] = nameAndValue(...args);
      changed(state);
      setKnown(state.list, name, value);
    },
    getSetCookie: (state) => cookiesOf(state.list),
    keys: (state) => new HeadersIterator(state, ([name]) => name),
    values: (state) => new HeadersIterator(state, ([, value]) => value),
    entries: (state) => new HeadersIterator(state, (pair) => pair),
  },
  required: { append: 2, delete: 1, get: 1, has: 1, set: 2 },
});

const others = {
  /** Walks as `for of` does, so that a native Headers has it too. */
  forEach(this: Headers, call: unknown, ...[self]: unknown[]): void {
    const pairs = prototype[Symbol.iterator].call(this);
    if (typeof call !== "function") {
      throw new TypeError("Failed to execute 'forEach' on 'Headers': parameter 1 is not of type 'Function'.");
    }
    for (const [name, value] of pairs) call.call(self, value, name, this);
  },
  [Symbol.iterator]: prototype.entries,
  /** Names are in lower case, where the native one keeps what it was given. */
  [inspect.custom](depth: number, options: InspectOptions): string {
    options.depth ??= depth;
    return `Headers ${formatWithOptions(options, Object.fromEntries(combined(stateOf(this)?.list ?? [])))}`;
  },
};
define(prototype, "forEach", others);
define(prototype, Symbol.iterator, others, { enumerable: false });
define(prototype, inspect.custom, others, { enumerable: false });

/** @throws TypeError for one that cannot be changed */
function changed(state: HeadersState): void {
  if (state.isImmutable) throw new TypeError("immutable");
  state.version++;
}
