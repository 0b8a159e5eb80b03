import type { FromForkServer, FromWorker } from "../channel/messages.ts";

/** What a worker says is foreign input: its app may have written to the channel itself. undefined: it is nothing we know. */
export function fromWorker(raw: unknown): FromWorker | undefined {
  if (!isMessage(raw)) return undefined;
  const sound =
    (raw["type"] === "ready" && texts(raw, "app")) ||
    (raw["type"] === "failed" && texts(raw, "code", "message")) ||
    (raw["type"] === "report" &&
      numbers(raw, "requests", "inFlight", "connections", "rss") &&
      (raw["kept"] === undefined || numbers(raw, "kept")) &&
      (raw["held"] === undefined || isTexts(raw["held"]))) ||
    (raw["type"] === "replace" && texts(raw, "reason")) ||
    (raw["type"] === "pass" &&
      (raw["protocol"] === "http" || raw["protocol"] === "fastcgi") &&
      typeof raw["isUnix"] === "boolean") ||
    (raw["type"] === "watch" && isTexts(raw["files"]));
  return sound ? (raw as unknown as FromWorker) : undefined;
}

/** What a fork server says, foreign as well; what it passes on of a worker is looked at by `fromWorker`. */
export function fromForkServer(raw: unknown): FromForkServer | undefined {
  if (!isMessage(raw)) return undefined;
  const sound =
    (raw["type"] === "forked" && numbers(raw, "worker", "pid")) ||
    (raw["type"] === "said" && numbers(raw, "worker")) ||
    (raw["type"] === "exited" &&
      numbers(raw, "worker") &&
      (raw["code"] === null || numbers(raw, "code")) &&
      (raw["signal"] === null || /^[\w+ ]{1,20}$/.test(String(raw["signal"]))) &&
      (raw["held"] === undefined || texts(raw, "held"))) ||
    (raw["type"] === "failed" && texts(raw, "code", "message"));
  return sound ? (raw as unknown as FromForkServer) : undefined;
}

type Message = Readonly<Record<string, unknown>>;

function isMessage(raw: unknown): raw is Message {
  return typeof raw === "object" && raw !== null;
}

function numbers(message: Message, ...names: string[]): boolean {
  return names.every((name) => Number.isFinite(message[name]));
}

function texts(message: Message, ...names: string[]): boolean {
  return names.every((name) => typeof message[name] === "string");
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
