// Reads a body of 16-bit little-endian PCM.

/** Calls `onSamples` with each Int16Array of a stream, to its end; a sample may be split between two chunks. */
export async function readPcm(body, onSamples) {
  const reader = body.getReader();
  let rest = new Uint8Array(0);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const bytes = new Uint8Array(rest.length + value.length);
      bytes.set(rest);
      bytes.set(value, rest.length);
      rest = bytes.slice(bytes.length & ~1);
      if (bytes.length > 1) await onSamples(new Int16Array(bytes.buffer, 0, bytes.length >> 1).slice());
    }
  } finally {
    // Frees the connection if `onSamples` threw.
    reader.cancel().catch(() => {});
  }
}
