/**
 * Which of `copies` sockets worker `id` (from 1) of `workers` serves. Sockets stay bound and the number of workers
 * may change: none is ever left without a worker, and no worker without one of the first `named`.
 * @param named how many of them are surely asked for: a site that was written earlier knows no more
 */
export function servesCopy(
  copy: number,
  copies: number,
  id: number,
  workers: number,
  named = copies,
): boolean {
  const slot = id - 1;
  return copy % workers === slot || (slot >= named && copy === slot % named);
}
