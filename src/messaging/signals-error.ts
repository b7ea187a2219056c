/** Signals between processes can't be set up. The message is one line that names the engine and says why; it holds no password. */
export class SignalsError extends Error {
  override readonly name = 'SignalsError';
}
