import { formatWithOptions, type InspectOptions, inspect } from "node:util";
import { markAsUncloneable } from "node:worker_threads";
import { Fields } from "./light-header-fields.ts";
import {
  appendKnown,
  combined,
  cookiesOf,
  copyOf,
  fieldName,
  type HeaderList,
  headerListOf,
  nameAndValue,
  removeField,
  setKnown,
} from "./light-header-list.ts";
import { HeadersIterator } from "./light-headers-iterator.ts";
import { define, defineMembers } from "./light-members.ts";

/** Says that the other argument is fields: no app has this one to give. */
const OF_FIELDS = Symbol("of fields");

/** The state of a light Headers; undefined: a native one, or something else. */
let stateOf!: (value: unknown) => Fields | undefined;

/** A Headers class (https://fetch.spec.whatwg.org/#headers-class) on a flat list. */
export class LightHeaders {
  readonly #state: Fields;

  static {
    stateOf = (value) =>
      typeof value === "object" && value !== null && #state in value ? value.#state : undefined;
  }

  constructor(init?: unknown, of?: unknown) {
    this.#state = of === OF_FIELDS ? (init as Fields) : fieldsOn(init === undefined ? [] : copiedList(init));
    markAsUncloneable(this);
  }
}

/** Whether it is one of ours, and not a native one. */
export function isLightHeaders(value: unknown): boolean {
  return stateOf(value) !== undefined;
}

/** A Headers on fields: what is done to one is done to the other. */
export function headersOn(fields: Fields): Headers {
  return new LightHeaders(fields, OF_FIELDS) as unknown as Headers;
}

/** A Headers on a list: what is done to one is done to the other. */
export function headersOnList(list: HeaderList, isImmutable: boolean): Headers {
  return headersOn(fieldsOn(list, isImmutable));
}

function fieldsOn(list: HeaderList, isImmutable = false): Fields {
  return new Fields(list, [], isImmutable);
}

/** A header list of its own for a HeadersInit. @throws TypeError for what is none */
export function copiedList(init: unknown): HeaderList {
  return headerListOf(init, listOf);
}

/** Of a Headers that is walked as all are. Only what has its iterator is asked for its state, which takes long of a record. */
function listOf(init: object, iterator: unknown): HeaderList | undefined {
  if (iterator !== prototype[Symbol.iterator]) return undefined;
  const state = stateOf(init);
  return state && copyOf(state.list);
}

const prototype = LightHeaders.prototype as unknown as Headers;

defineMembers<Fields>(prototype, {
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
    get: (state, name: unknown) => state.get(fieldName(name)),
    has: (state, name: unknown) => state.has(fieldName(name)),
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
function changed(state: Fields): void {
  if (state.isImmutable) throw new TypeError("immutable");
  state.version++;
}
