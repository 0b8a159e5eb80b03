import { isLasting } from "../app/lasting-headers.ts";
import { assertSendableReason } from "../wire/http1/header-safety.ts";
import { type CheckedFields, checkFields } from "./checked-fields.ts";

/** Makes the head that a wire sends of a plan. @param extra field lines besides */
export type EncodeHead = (plan: ResponsePlan, extra: string) => string;

/** A response head as the wires need it: checked, without hop-by-hop fields, its length known or not. */
export class ResponsePlan {
  readonly status: number;
  readonly reason: string | undefined;
  /** Field lines, each with its CRLF (RFC 9112, section 5); latin1. */
  readonly fields: string;
  /** Whether body bytes may follow: not for HEAD, 204, 304 (RFC 9110, section 6.4.1). */
  readonly hasBody: boolean;
  /** From Content-Length, bytes. */
  readonly length: number | undefined;
  readonly hasDate: boolean;
  /** The app asked for the connection to be closed. */
  readonly close: boolean;
  /** X-Accel-Redirect is among the fields: what it says is for a web server alone. */
  readonly isRedirect: boolean;
  readonly #checked: CheckedFields;
  #withLength: ResponsePlan | undefined;
  #head = "";
  #encode: EncodeHead | undefined;
  #extra = "";
  #isFlat = false;

  /** @param length of the body where `checked` does not say, which adds Content-Length; bytes */
  constructor(
    status: number,
    reason: string | undefined,
    checked: CheckedFields,
    hasBody: boolean,
    length?: number,
  ) {
    this.status = status;
    this.reason = reason;
    this.fields = length === undefined ? checked.lines : `${checked.lines}Content-Length: ${length}\r\n`;
    this.hasBody = hasBody;
    this.length = length ?? checked.length;
    this.hasDate = checked.hasDate;
    this.close = checked.close;
    this.isRedirect = checked.isRedirect;
    this.#checked = checked;
  }

  /** The plan for an answer to HEAD. */
  withoutBody(): ResponsePlan {
    return new ResponsePlan(this.status, this.reason, this.#checked, false);
  }

  /** The plan for a body that is all there: Content-Length is added where the app gave none. @param length bytes */
  withLength(length: number): ResponsePlan {
    if (this.length !== undefined || !this.hasBody) return this;
    if (this.#withLength?.length !== length)
      this.#withLength = new ResponsePlan(this.status, this.reason, this.#checked, true, length);
    return this.#withLength;
  }

  /** What `encode` makes of it; the text of the last time where it was asked the same. @param extra field lines besides */
  head(encode: EncodeHead, extra = ""): string {
    if (encode !== this.#encode || extra !== this.#extra) {
      this.#head = encode(this, extra);
      this.#encode = encode;
      this.#extra = extra;
      this.#isFlat = false;
    } else if (!this.#isFlat) {
      // One that comes again is worth a string in one piece: it is copied at each response.
      this.#head = Buffer.from(this.#head, "latin1").toString("latin1");
      this.#isFlat = true;
    }
    return this.#head;
  }
}

/** A plan, and the headers that it was made of. */
interface Remembered {
  readonly headers: readonly string[];
  readonly plan: ResponsePlan;
}

/** Plans made lately, each in the place of its kind: apps mostly say the same again. */
const remembered: (Remembered | undefined)[] = new Array(16).fill(undefined);
/** Characters of the field lines of one. */
const LONGEST = 2048;
/** By lists of headers that never change. */
const lasting = new WeakMap<readonly string[], ResponsePlan>();

/**
 * @param whole bytes of the body, where all of it is there: Content-Length is added where the app gave none.
 * @throws TypeError for a status outside 200–999, a reason or a header that cannot be sent safely, or a
 * Content-Length that is not one whole number (RFC 9110, section 8.6).
 */
export function planResponse(
  method: string,
  status: number,
  reason: string | undefined,
  headers: readonly string[],
  whole?: number,
): ResponsePlan {
  const plan = planFor(status, reason, headers);
  if (method === "HEAD") return plan.withoutBody();
  return whole === undefined ? plan : plan.withLength(whole);
}

function planFor(status: number, reason: string | undefined, headers: readonly string[]): ResponsePlan {
  const place = (status + (headers.length >> 1)) & 15;
  const before = remembered[place];
  if (before !== undefined && isOf(before, status, reason, headers)) return before.plan;
  const isLong = isLasting(headers);
  const known = isLong ? lasting.get(headers) : undefined;
  if (known !== undefined && known.status === status && known.reason === reason) return known;
  const { plan, isPersonal } = makePlan(status, reason, headers);
  if (isLong) lasting.set(headers, plan);
  // The list is the app's, to be changed.
  else if (!isPersonal && plan.fields.length <= LONGEST) remembered[place] = { headers: [...headers], plan };
  return plan;
}

function isOf(
  { headers: before, plan }: Remembered,
  status: number,
  reason: string | undefined,
  headers: readonly string[],
): boolean {
  if (plan.status !== status || plan.reason !== reason || before.length !== headers.length) return false;
  for (let i = 0; i < headers.length; i++) if (headers[i] !== before[i]) return false;
  return true;
}

function makePlan(
  status: number,
  reason: string | undefined,
  headers: readonly string[],
): { plan: ResponsePlan; isPersonal: boolean } {
  if (!Number.isInteger(status) || status < 200 || status > 999)
    throw new TypeError(`Cannot respond with status ${status}: expected a whole number from 200 to 999`);
  if (reason !== undefined) assertSendableReason(reason);
  const checked = checkFields(status, headers);
  const plan = new ResponsePlan(status, reason, checked, status !== 204 && status !== 304);
  return { plan, isPersonal: checked.isPersonal };
}
