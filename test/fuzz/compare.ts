import type { Reading, ReadRequest } from "./reading.ts";

/**
 * The class of the difference between two readings of the same bytes; undefined: there is none, or both
 * refuse them. "stricter" and "looser" say which rule one of them upholds and the other does not, where
 * both read the same up to there. "otherwise" is where they read the same bytes as other requests.
 */
export function differenceClass(ours: Reading, theirs: Reading): string | undefined {
  const both = Math.min(ours.requests.length, theirs.requests.length);
  for (let at = 0; at < both; at++) {
    const unlike = firstUnlike(ours.requests[at]!, theirs.requests[at]!);
    if (unlike !== undefined) return `otherwise: ${unlike}`;
  }
  if (ours.refusal !== undefined && theirs.refusal !== undefined) return undefined;
  if (ours.refusal !== undefined)
    return isFurther(ours, theirs) ? "otherwise: more" : `stricter: ${ours.refusal}`;
  if (theirs.refusal !== undefined && ours.isDoomed) return undefined;
  if (theirs.refusal !== undefined)
    return isFurther(theirs, ours) ? "otherwise: less" : `looser: ${theirs.refusal}`;
  return isFurther(ours, theirs) || isFurther(theirs, ours) ? "otherwise: count" : undefined;
}

function firstUnlike(ours: ReadRequest, theirs: ReadRequest): string | undefined {
  if (ours.method !== theirs.method) return "method";
  if (ours.target !== theirs.target) return "target";
  if (ours.version !== theirs.version) return "version";
  if (ours.fields.length !== theirs.fields.length) return "field count";
  if (ours.fields.some((text, at) => text !== theirs.fields[at])) return "fields";
  const [shorter, longer] = ours.body.length < theirs.body.length ? [ours, theirs] : [theirs, ours];
  if (!longer.body.startsWith(shorter.body)) return "body";
  return shorter.isComplete && shorter.body !== longer.body ? "body length" : undefined;
}

/** Whether `one` has read more of the bytes as requests than `other`, which did not refuse them. */
function isFurther(one: Reading, other: Reading): boolean {
  if (one.requests.length !== other.requests.length) return one.requests.length > other.requests.length;
  const last = one.requests.at(-1);
  const otherLast = other.requests.at(-1);
  if (last === undefined || otherLast === undefined) return false;
  if (last.isComplete !== otherLast.isComplete) return last.isComplete;
  return last.body.length > otherLast.body.length;
}
