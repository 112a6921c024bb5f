// The waveforms of ComfyUI's files: 16-bit WAV.

const MAX_BYTES = 64 << 20; // larger files have no waveform

/** Adds the samples of files to a waveform, until one has another format or is too large. */
export async function addFiles(urls, wave) {
  for (const url of urls) {
    try {
      const response = await fetch(url);
      if (!response.ok || Number(response.headers.get("content-length")) > MAX_BYTES) return;
      const wav = readWav(new DataView(await response.arrayBuffer()));
      if (wav) wave.add(wav.samples, wav.sampleRate);
    } catch {
      return; // the audio element reports errors
    }
  }
}

/** Returns the samples of a 16-bit WAV file; null for other formats. */
function readWav(data) {
  const tag = (at) => String.fromCharCode(...new Uint8Array(data.buffer, at, 4));
  if (data.byteLength < 12 || tag(8) !== "WAVE") return null;
  let sampleRate = 0;
  for (let at = 12; at + 8 <= data.byteLength; ) {
    const size = data.getUint32(at + 4, true);
    if (tag(at) === "fmt ") {
      if (data.getUint16(at + 8, true) !== 1 || data.getUint16(at + 22, true) !== 16) return null;
      sampleRate = data.getUint32(at + 12, true);
    }
    if (tag(at) === "data") {
      const count = Math.min(size, data.byteLength - at - 8) >> 1;
      return { samples: new Int16Array(data.buffer.slice(at + 8, at + 8 + 2 * count)), sampleRate };
    }
    at += 8 + size + (size & 1);
  }
  return null;
}
