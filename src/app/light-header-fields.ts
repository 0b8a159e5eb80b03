import { appendKnown, fieldOf, fieldValue, type HeaderList, hasField, joined } from "./light-header-list.ts";
import type { Walked } from "./light-headers-iterator.ts";

/** The fields of a light Headers, shared with the light Request or Response that it belongs to. */
export class Fields implements Walked {
  readonly isImmutable: boolean;
  /** Counts changes. */
  version = 0;
  #list: HeaderList | undefined;
  readonly #received: readonly string[];

  /**
   * @param list undefined: to be made of `received` when all are asked for at once, or changed. Most apps look
   *   at a few of a browser's fields, and a list of them all takes as long to make as half of the request.
   * @param received names and values in turn, as the wires let them through.
   */
  constructor(list: HeaderList | undefined, received: readonly string[], isImmutable: boolean) {
    this.isImmutable = isImmutable;
    this.#list = list;
    this.#received = received;
  }

  get list(): HeaderList {
    this.#list ??= listOf(this.#received);
    return this.#list;
  }

  /** Whether there is a list, which may have been changed. */
  get hasList(): boolean {
    return this.#list !== undefined;
  }

  /** @param lower the name, in lower case. */
  get(lower: string): string | null {
    if (this.#list !== undefined) return fieldOf(this.#list, lower);
    const received = this.#received;
    let value: string | null = null;
    for (let index = 0; index < received.length; index += 2) {
      if (!isNamed(received[index]!, lower)) continue;
      const next = trimmed(received[index + 1]!);
      value = value === null ? next : joined(lower, value, next);
    }
    return value;
  }

  has(lower: string): boolean {
    if (this.#list !== undefined) return hasField(this.#list, lower);
    const received = this.#received;
    for (let index = 0; index < received.length; index += 2)
      if (isNamed(received[index]!, lower)) return true;
    return false;
  }
}

function listOf(received: readonly string[]): HeaderList {
  const list: HeaderList = [];
  for (let index = 0; index < received.length; index += 2)
    appendKnown(list, received[index]!.toLowerCase(), trimmed(received[index + 1]!));
  return list;
}

function isNamed(name: string, lower: string): boolean {
  return name.length === lower.length && (name === lower || name.toLowerCase() === lower);
}

/** What the wires let through is a value; white space around it is not theirs to judge. */
function trimmed(value: string): string {
  const isTrimmed = value.charCodeAt(0) > 0x20 && value.charCodeAt(value.length - 1) > 0x20;
  return isTrimmed ? value : fieldValue(value);
}
