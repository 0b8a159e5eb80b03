import type { Node } from "./tree.ts";

/** error: it does not work, or strangers get what is not theirs. warning: it will. advice: it could be better. */
export type Severity = "error" | "warning" | "advice";

export interface Finding {
  readonly severity: Severity;
  /** Names the rule: "missing-params". */
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly what: string;
  readonly why: string;
  /** The lines to write; none where words have to do. */
  readonly write: readonly string[];
}

/** What is known beside the configuration. Each may be missing, and then what needs it is not looked at. */
export interface Facts {
  /** Why NGINX's workers cannot connect to a unix socket; undefined: they can. */
  readonly cannotReach: (socket: string) => string | undefined;
  /** The same for a TCP address: "127.0.0.1:3031". */
  readonly nobodyListens: (address: string) => string | undefined;
  /** Files that a process of NGINX may have open where it sets no limit itself. */
  readonly openFiles: number | undefined;
  /** The app server behind the site. */
  readonly app: AppFacts | undefined;
}

export interface AppFacts {
  /** Bytes; 0: no limit. */
  readonly limitPost: number;
  /** Seconds; 0: off. */
  readonly harakiri: number;
  /** Where the app lies: absolute. */
  readonly directory: string;
  /** What it listens on: paths of unix sockets. */
  readonly sockets: readonly string[];
  /** Of those, its workers' own, which speak HTTP. */
  readonly workerSockets: readonly string[];
}

/** Looks for one kind of mistake. */
export type Rule = (nodes: readonly Node[], facts: Facts) => Finding[];

/** A finding about a node. */
export function at(
  node: Node,
  severity: Severity,
  rule: string,
  what: string,
  why: string,
  write: readonly string[] = [],
): Finding {
  return { severity, rule, file: node.file, line: node.line, what, why, write };
}
