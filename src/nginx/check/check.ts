import type { Facts, Finding, Rule, Severity } from "./finding.ts";
import { agreement } from "./rules/agreement.ts";
import { aliasTraversal } from "./rules/alias.ts";
import { balance } from "./rules/balance.ts";
import { capacity } from "./rules/capacity.ts";
import { exposure } from "./rules/exposure.ts";
import { forwarded } from "./rules/forwarded.ts";
import { lostByInheritance } from "./rules/inheritance.ts";
import { keepAlive } from "./rules/keep-alive.ts";
import { serverNames } from "./rules/names.ts";
import { noEffect } from "./rules/no-effect.ts";
import { missingParams } from "./rules/params.ts";
import { sockets } from "./rules/sockets.ts";
import { servedSources } from "./rules/sources.ts";
import { splitting } from "./rules/splitting.ts";
import { streaming } from "./rules/streaming.ts";
import { tls } from "./rules/tls.ts";
import type { Node } from "./tree.ts";

const RULES: readonly Rule[] = [
  sockets,
  missingParams,
  aliasTraversal,
  servedSources,
  splitting,
  forwarded,
  serverNames,
  lostByInheritance,
  agreement,
  noEffect,
  keepAlive,
  balance,
  streaming,
  tls,
  exposure,
  capacity,
];

const ORDER: readonly Severity[] = ["error", "warning", "advice"];

/** All that the rules find, the gravest first, then in the order of files and lines. */
export function check(nodes: readonly Node[], facts: Facts): Finding[] {
  return inOrder(RULES.flatMap((rule) => rule(nodes, facts)));
}

export function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) =>
      ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
      a.file.localeCompare(b.file) ||
      a.line - b.line,
  );
}
