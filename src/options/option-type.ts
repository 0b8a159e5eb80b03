import { isIP } from "node:net";
import { type Address, parseAddress } from "./address.ts";

/** How the text of a setting becomes a value. */
export interface OptionType<T> {
  /** What a message says was expected. */
  readonly wanted: string;
  /** What help and reference page put for the value: "N", "PATH". */
  readonly placeholder: string;
  /** The text that a bare name stands for, where one may stand without a value. */
  readonly bare?: string;
  /** Whether ` ; comment` and ` # comment` after a value are left out, as uWSGI does by reading numbers only to their end. */
  readonly ignoresComment?: true;
  /** undefined: not what was wanted. */
  parse(text: string, machine: Machine): T | undefined;
  /** The value with its paths taken from a directory, where it has more of them than one. */
  absolute?(value: T, base: string): T;
  /** What of a value only a restart applies, where a reload applies the rest. */
  fixed?(value: T): unknown;
}

/** What of the machine a value may depend on. */
export interface Machine {
  readonly cores: number;
}

const truth = /^(true|yes|on|1)$/i;
const untruth = /^(false|no|off|0)$/i;

export const flag: OptionType<boolean> = {
  wanted: "true or false",
  placeholder: "",
  bare: "true",
  ignoresComment: true,
  // uWSGI takes every other word for true, so that "disable-logging = flase" is silently true there.
  parse: (text) => (truth.test(text) ? true : untruth.test(text) ? false : undefined),
};

export function whole(minimum: number, unit = ""): OptionType<number> {
  return {
    wanted: `a whole number${unit && ` of ${unit}`}, ${minimum} or more`,
    placeholder: unit === "" ? "N" : unit.toUpperCase(),
    ignoresComment: true,
    parse(text) {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= minimum ? value : undefined;
    },
  };
}

export const seconds: OptionType<number> = {
  wanted: "a number of seconds, 0 or more",
  placeholder: "SECONDS",
  ignoresComment: true,
  parse: (text) => (/^\d{1,9}(\.\d+)?$/.test(text) ? Number(text) : undefined),
};

export const workers: OptionType<number> = {
  ...whole(1),
  wanted: "a whole number, 1 or more, or auto for one a core",
  parse: (text, machine) => (text.toLowerCase() === "auto" ? machine.cores : whole(1).parse(text, machine)),
};

/** A mode of files, as chmod(1) takes it. */
export function mode(bare?: string): OptionType<number> {
  return {
    wanted: "an octal mode such as 660",
    placeholder: "MODE",
    ignoresComment: true,
    ...(bare !== undefined && { bare }),
    parse: (text) =>
      /^0?o?[0-7]{1,4}$/i.test(text) ? Number.parseInt(text.replace(/^0?o/i, ""), 8) : undefined,
  };
}

export function text(placeholder: string, wanted = "some text"): OptionType<string> {
  return { wanted, placeholder, parse: (value) => (value === "" ? undefined : value) };
}

export function oneOf<const Word extends string>(...words: readonly Word[]): OptionType<Word> {
  return {
    wanted: `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`,
    placeholder: words.join("|"),
    ignoresComment: true,
    parse: (value) => words.find((word) => word === value),
  };
}

export const address: OptionType<Address> = {
  wanted: "an address such as :5000, 127.0.0.1:5000, [::1]:5000 or /run/hello.sock",
  placeholder: "ADDRESS",
  ignoresComment: true,
  parse: parseAddress,
};

/** Two texts around the first `=`. */
export function pair(
  placeholder: string,
  wanted: string,
  name: RegExp,
): OptionType<readonly [string, string]> {
  return {
    wanted,
    placeholder,
    parse(value) {
      const equals = value.indexOf("=");
      const first = value.slice(0, Math.max(0, equals)).trim();
      return name.test(first) ? [first, value.slice(equals + 1).trim()] : undefined;
    },
  };
}

/** A regular expression and seconds, with a space between them, as uWSGI has it. */
export const expiry: OptionType<readonly [string, number]> = {
  wanted: "a regular expression, a space and a whole number of seconds",
  placeholder: "REGEXP SECONDS",
  parse(value) {
    const [, pattern, time] = /^(.*\S)\s+(\d{1,10})$/.exec(value) ?? [];
    return pattern !== undefined && isRegExp(pattern) ? [pattern, Number(time)] : undefined;
  },
};

function isRegExp(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

export const typeExpiry: OptionType<readonly [string, number]> = {
  wanted: "a media type, = and a whole number of seconds",
  placeholder: "TYPE=SECONDS",
  parse(value) {
    const [, type, time] = /^([\w.+-]+\/[\w.+-]+)\s*=\s*(\d{1,10})$/.exec(value) ?? [];
    return type === undefined ? undefined : [type, Number(time)];
  },
};

/** Who a unix socket belongs to. `group` undefined: left as it is. */
export interface Owner {
  readonly user: string | undefined;
  readonly group: string | undefined;
}

export const owner: OptionType<Owner> = {
  wanted: "a user, user:group or :group",
  placeholder: "USER[:GROUP]",
  ignoresComment: true,
  parse(value) {
    const found = /^([^\s:]*)(?::([^\s:]*))?$/.exec(value);
    const user = found?.[1] || undefined;
    const group = found?.[2] || undefined;
    return user === undefined && group === undefined ? undefined : { user, group };
  },
};

export const peer: OptionType<string> = {
  wanted: "an address or a range of addresses such as 10.0.0.0/8",
  placeholder: "ADDRESS[/BITS]",
  ignoresComment: true,
  parse(value) {
    const slash = value.indexOf("/");
    const version = isIP(slash < 0 ? value : value.slice(0, slash));
    if (version === 0) return undefined;
    if (slash < 0) return value;
    const bits = value.slice(slash + 1);
    return /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128) ? value : undefined;
  },
};
