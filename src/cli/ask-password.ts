import { createWriteStream, openSync } from "node:fs";
import { ReadStream } from "node:tty";
import { UsageError } from "./program.ts";

/** Bytes: bcrypt looks at 72, SHA-512 at any number; a stream that never ends is no password. */
const LONGEST = 1024;

/** The first line of stdin, for `--stdin`. @throws UsageError where it is empty or too long */
export async function passwordFromStdin(stdin: AsyncIterable<Buffer>): Promise<string> {
  let bytes = Buffer.alloc(0);
  for await (const part of stdin) {
    bytes = Buffer.concat([bytes, part]);
    if (bytes.includes(10) || bytes.length > LONGEST) break;
  }
  const [line = ""] = bytes.toString("utf8").split(/\r?\n/);
  return checked(line);
}

/**
 * Asks on the terminal, twice, and shows nothing of what is typed.
 * @throws UsageError where there is no terminal, or the two differ
 */
export async function askPassword(user: string): Promise<string> {
  let fd: number;
  try {
    fd = openSync("/dev/tty", "r+");
  } catch (error) {
    throw new UsageError("There is no terminal to ask for the password on: give it with --stdin", {
      cause: error,
    });
  }
  const input = new ReadStream(fd);
  const output = createWriteStream("/dev/tty");
  try {
    const first = await readHidden(input, (text) => output.write(text), `Password for ${user}: `);
    const second = await readHidden(input, (text) => output.write(text), "The same again: ");
    if (first !== second) throw new UsageError("The two passwords differ: nothing was changed");
    return checked(first);
  } finally {
    input.destroy();
    output.end();
  }
}

function readHidden(input: ReadStream, write: (text: string) => void, prompt: string): Promise<string> {
  write(prompt);
  input.setRawMode(true);
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const done = (): void => {
      input.off("data", take);
      input.setRawMode(false);
      write("\n");
    };
    const take = (bytes: Buffer): void => {
      for (const key of bytes.toString("utf8")) {
        if (key === "\r" || key === "\n") {
          done();
          resolve(typed.join(""));
          return;
        }
        // Ctrl-C and Ctrl-D.
        if (key === "\x03" || key === "\x04") {
          done();
          reject(new UsageError("No password was given: nothing was changed"));
          return;
        }
        if (key === "\x7f" || key === "\b") typed.pop();
        else if (key === "\x15") typed = [];
        else typed.push(key);
      }
    };
    input.on("data", take);
  });
}

function checked(password: string): string {
  if (password === "") throw new UsageError("Cannot set an empty password");
  if (Buffer.byteLength(password) > LONGEST)
    throw new UsageError(`Cannot set a password of more than ${LONGEST} bytes`);
  if (password.includes("\0")) throw new UsageError("Cannot set a password with a NUL in it");
  return password;
}
