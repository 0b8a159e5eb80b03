import { type HeaderList, sortedPairs } from "./light-header-list.ts";
import { define } from "./light-members.ts";

/** Fields that are walked through, and may change meanwhile. */
export interface Walked {
  readonly list: HeaderList;
  /** Counts changes. */
  readonly version: number;
}

/**
 * Walks through fields, sorted and combined, by position, so that changes made meanwhile are seen (Web IDL,
 * section 3.7.10.2, default iterator objects).
 */
export class HeadersIterator<T> {
  readonly #fields: Walked;
  readonly #pick: (pair: [string, string]) => T;
  #version = -1;
  #pairs: [string, string][] = [];
  #index = 0;

  constructor(fields: Walked, pick: (pair: [string, string]) => T) {
    this.#fields = fields;
    this.#pick = pick;
  }

  next(): IteratorResult<T, undefined> {
    const { version, list } = this.#fields;
    if (version !== this.#version) this.#pairs = sortedPairs(list);
    this.#version = version;
    const pair = this.#pairs[this.#index];
    if (pair === undefined) return { value: undefined, done: true };
    this.#index++;
    return { value: this.#pick(pair), done: false };
  }
}

const { prototype } = HeadersIterator;
const prototypeOfIterators: object = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
Object.setPrototypeOf(prototype, prototypeOfIterators);
// Apps see this prototype: it has what Web IDL names, and no way to make another.
Reflect.deleteProperty(prototype, "constructor");
define(prototype, "next", prototype, { enumerable: true });
Object.defineProperty(prototype, Symbol.toStringTag, { value: "Headers Iterator", configurable: true });
