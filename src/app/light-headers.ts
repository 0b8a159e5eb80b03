import { formatWithOptions, type InspectOptions, inspect } from "node:util";
import { markAsUncloneable } from "node:worker_threads";
import {
  appendKnown,
  cookiesOf,
  fieldName,
  fieldOf,
  fieldValue,
  type HeaderList,
  hasField,
  headerListOf,
  removeField,
  sortedPairs,
} from "./light-header-list.ts";
import { defineMembers } from "./light-members.ts";

/** The fields of a light Headers, shared with the light Request or Response that it belongs to. */
export interface HeadersState {
  readonly list: HeaderList;
  readonly isImmutable: boolean;
  /** Counts changes, for those who walk through it meanwhile. */
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

/** A Headers class (https://fetch.spec.whatwg.org/#headers-class) on a flat list. */
export class LightHeaders {
  readonly #state: HeadersState;

  constructor(init?: unknown) {
    if (init instanceof Existing) this.#state = init;
    else this.#state = { list: init === undefined ? [] : copiedList(init), isImmutable: false, version: 0 };
    markAsUncloneable(this);
  }

  static stateOf(value: unknown): HeadersState | undefined {
    return typeof value === "object" && value !== null && #state in value ? value.#state : undefined;
  }
}

/** A Headers on a list: what is done to one is done to the other. */
export function headersOn(list: HeaderList, isImmutable = false): Headers {
  return new LightHeaders(new Existing(list, isImmutable)) as unknown as Headers;
}

/** A header list of its own for a HeadersInit. @throws TypeError for what is none */
export function copiedList(init: unknown): HeaderList {
  const state = LightHeaders.stateOf(init);
  if (state !== undefined && (init as Headers)[Symbol.iterator] === prototype[Symbol.iterator]) {
    return state.list.slice();
  }
  return headerListOf(init);
}

const prototype = LightHeaders.prototype as unknown as Headers;

defineMembers<HeadersState>(prototype, {
  name: "Headers",
  length: 0,
  stateOf: LightHeaders.stateOf,
  getters: {},
  methods: {
    append(state, ...args: unknown[]) {
      const [name, value] = named(args, "append", 2);
      changeable(state);
      appendKnown(state.list, name, fieldValue(value));
    },
    delete(state, ...args: unknown[]) {
      const [name] = named(args, "delete", 1);
      changeable(state);
      removeField(state.list, name);
    },
    get: (state, ...args: unknown[]) => fieldOf(state.list, named(args, "get", 1)[0]),
    has: (state, ...args: unknown[]) => hasField(state.list, named(args, "has", 1)[0]),
    set(state, ...args: unknown[]) {
      const [name, given] = named(args, "set", 2);
      const value = fieldValue(given);
      changeable(state);
      replace(state.list, name, value);
    },
    getSetCookie: (state) => cookiesOf(state.list),
    keys: (state) => walk(state, ([name]) => name),
    values: (state) => walk(state, ([, value]) => value),
    entries: (state) => walk(state, (pair) => pair),
  },
});

/** These call on what is public, so that a subclass may change it. */
Object.defineProperties(prototype, {
  forEach: {
    value: function forEach(this: Headers, call: unknown, self?: unknown): void {
      if (typeof call !== "function") {
        throw new TypeError(
          "Failed to execute 'forEach' on 'Headers': parameter 1 is not of type 'Function'.",
        );
      }
      for (const [name, value] of prototype[Symbol.iterator].call(this)) {
        call.call(self, value, name, this);
      }
    },
    enumerable: true,
    configurable: true,
    writable: true,
  },
  [Symbol.iterator]: {
    value: prototype.entries,
    configurable: true,
    writable: true,
  },
  [inspect.custom]: {
    value: function (this: Headers, depth: number, options: InspectOptions): string {
      options.depth ??= depth;
      return `Headers ${formatWithOptions(options, Object.fromEntries(this))}`;
    },
    configurable: true,
    writable: true,
  },
});

function named(args: readonly unknown[], method: string, wanted: number): [name: string, value: unknown] {
  if (args.length < wanted) {
    throw new TypeError(`Headers.${method}: ${wanted} arguments required, but only ${args.length} found.`);
  }
  return [fieldName(args[0]), args[1]];
}

function changeable(state: HeadersState): void {
  if (state.isImmutable) throw new TypeError("immutable");
  state.version++;
}

function replace(list: HeaderList, name: string, value: string): void {
  const at = list.findIndex((text, index) => index % 2 === 0 && text === name);
  if (at >= 0 && name !== "set-cookie") {
    list[at + 1] = value;
    return;
  }
  removeField(list, name);
  list.push(name, value);
}

const prototypeOfIterators: object = Object.create(
  Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())),
  {
    [Symbol.toStringTag]: { value: "Headers Iterator", configurable: true },
  },
);

/** Changes made meanwhile are seen (Web IDL, section 3.7.10.2, default iterator objects). */
function walk<T>(state: HeadersState, pick: (pair: [string, string]) => T): IterableIterator<T> {
  let seen = -1;
  let pairs: [string, string][] = [];
  let index = 0;
  return Object.create(prototypeOfIterators, {
    next: {
      value: (): IteratorResult<T, undefined> => {
        if (state.version !== seen) pairs = sortedPairs(state.list);
        seen = state.version;
        const pair = pairs[index++];
        return pair === undefined ? { value: undefined, done: true } : { value: pick(pair), done: false };
      },
    },
  });
}
