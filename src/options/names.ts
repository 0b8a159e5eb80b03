import { createRequire } from "node:module";
import { type OptionName, optionNames, optionOf } from "./table.ts";

/** Finds an option by its name or an alias. uWSGI tells `_` from `-`; Portico does not. */
export function findOption(name: string): OptionName | undefined {
  return byName.get(name) ?? byName.get(name.replaceAll("_", "-"));
}

/** Whether this is an option's very name, and not that name with `_` for `-`. */
export function isExactName(name: string): boolean {
  return byName.has(name);
}

/** Finds an option by the letter after one dash; case counts. */
export function findFlag(letter: string): OptionName | undefined {
  return byFlag.get(letter);
}

/** Whether uWSGI has an option of this name. */
export function isUwsgiName(name: string): boolean {
  const names = uwsgiNames();
  return names.has(name) || names.has(name.replaceAll("_", "-"));
}

/** The option whose name is nearest to a mistyped one; undefined where none is near. */
export function nearestName(name: string): string | undefined {
  const wanted = name.replaceAll("_", "-").toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 4));
  let best: { name: string; distance: number } | undefined;
  // Portico's names come first, so that one of uWSGI's alone has to be nearer to be offered; the short ones
  // of uWSGI ("pp", "st") are near to everything.
  for (const candidate of [
    ...[...byName.keys()].filter((each) => each.length > 2),
    ...[...uwsgiNames()].filter((each) => each.length > 4),
  ]) {
    const cutShort = wanted.length > 4 && candidate.startsWith(wanted);
    if (Math.abs(candidate.length - wanted.length) > limit && !cutShort) continue;
    const distance = editDistance(wanted, candidate);
    if ((distance <= limit || cutShort) && distance < (best?.distance ?? Infinity)) {
      best = { name: candidate, distance };
    }
  }
  return best?.name;
}

/** Loaded by who asks, for it is large: few configurations name an option that Portico does not have. */
function uwsgiNames(): ReadonlySet<string> {
  const load = createRequire(import.meta.url);
  const file = `./uwsgi-names${import.meta.url.slice(-3)}`;
  return (load(file) as typeof import("./uwsgi-names.ts")).uwsgiNames;
}

const byName = new Map<string, OptionName>();
const byFlag = new Map<string, OptionName>();
for (const name of optionNames) {
  const { aliases = [], flag } = optionOf(name);
  for (const each of [name, ...aliases]) byName.set(each, name);
  if (flag !== undefined) byFlag.set(flag, name);
}

/** Insertions, deletions, substitutions and swaps of neighbours that make `right` of `left` (optimal string alignment). */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1]
      ) {
        cost = Math.min(cost, beforeLast[column - 2]! + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length]!;
}
