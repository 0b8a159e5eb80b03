import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection on which a test says, byte for byte, what a client of node's would not. */
export class RawConnection {
  readonly #socket: Socket;
  #received = "";
  #ended = false;
  #error: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#received += text;
    });
    socket.on("error", (error) => {
      this.#error = error;
    });
    socket.on("close", () => {
      this.#ended = true;
    });
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  /** Lines are ended and the head closed with CRLF. */
  send(lines: readonly string[], body = ""): void {
    this.#socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
  }

  write(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /**
   * Takes what has come up to and with `end`, waiting for it.
   * @throws Error with what has come, where the connection closes before.
   */
  async take(end: string): Promise<string> {
    for (;;) {
      const at = this.#received.indexOf(end);
      if (at >= 0) {
        const taken = this.#received.slice(0, at + end.length);
        this.#received = this.#received.slice(at + end.length);
        return taken;
      }
      if (this.#ended) throw new Error(`The connection was closed before "${end}": ${this.#received}`);
      await Promise.race([once(this.#socket, "data"), once(this.#socket, "close")]);
    }
  }

  /** Everything until the server closes. @throws what the connection ended with. */
  async rest(): Promise<string> {
    if (!this.#ended) await new Promise((resolve) => this.#socket.once("close", resolve));
    if (this.#error) throw this.#error;
    return this.#received;
  }

  close(): void {
    this.#socket.destroy();
  }
}
