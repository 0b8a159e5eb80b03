/**
 * Which of `copies` sockets worker `id` (from 1) of `workers` serves. The sockets are bound once and the
 * number of workers may change: none is ever left without a worker, and no worker without a socket.
 */
export function servesCopy(copy: number, copies: number, id: number, workers: number): boolean {
  const slot = id - 1;
  return copy % workers === slot || (slot >= copies && copy === slot % copies);
}
