/**
 * Which of the content codings on offer a client takes, the ones it likes best first, those it likes
 * alike in the order of the offer (RFC 9110, section 12.5.3). None where it says nothing, or likes the
 * bytes as they are better.
 * @param accepted the values of Accept-Encoding, joined with commas; undefined: there was none.
 */
export function acceptedEncodings<Coding extends string>(
  accepted: string | undefined,
  offer: readonly Coding[],
): Coding[] {
  if (accepted === undefined || accepted === "") return [];
  const weights = new Map<string, number>();
  for (const member of accepted.split(",")) {
    const [name = "", ...parameters] = member.split(";");
    const coding = name.trim().toLowerCase();
    if (coding === "") continue;
    // Of section 8.4.1.3; no other coding has a second name.
    weights.set(coding === "x-gzip" ? "gzip" : coding, weightOf(parameters));
  }
  const others = weights.get("*") ?? 0;
  const identity = weights.get("identity") ?? 0;
  const weightFor = (coding: Coding): number => weights.get(coding) ?? others;
  return offer
    .filter((coding) => weightFor(coding) > 0 && weightFor(coding) >= identity)
    .sort((a, b) => weightFor(b) - weightFor(a));
}

/** 0 to 1; what is no weight (section 12.4.2) is none that the client would have chosen. */
function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [, name, value] = /^\s*([^\s=]+)\s*=\s*(\S*)\s*$/.exec(parameter) ?? [];
    if (name?.toLowerCase() === "q") return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(value!) ? Number(value) : 0;
  }
  return 1;
}
