// Finished audio: ComfyUI's files, played with HTML audio elements, one after the other.

const MAX_BYTES = 64 << 20; // larger files have no waveform

export class FileSound {
  constructor(urls, wave, changed) {
    this.wave = wave;
    this.changed = changed;
    this.lengths = urls.map(() => 0);
    this.parts = urls.map((url, number) => {
      const part = new Audio();
      part.preload = "metadata";
      part.src = url;
      part.addEventListener("loadedmetadata", () => {
        this.lengths[number] = part.duration;
        changed();
      });
      part.addEventListener("timeupdate", changed);
      part.addEventListener("ended", () => this.next(number));
      return part;
    });
    this.current = 0; // the part that plays
    this.playing = false;
    this.drawWaveform(urls);
  }

  get duration() {
    return this.lengths.reduce((sum, length) => sum + length, 0);
  }

  get position() {
    return this.startOf(this.current) + (this.parts[this.current]?.currentTime ?? 0);
  }

  startOf(number) {
    return this.lengths.slice(0, number).reduce((sum, length) => sum + length, 0);
  }

  play() {
    this.playing = true;
    this.parts[this.current]?.play().catch(() => {
      this.playing = false;
      this.changed();
    });
  }

  pause() {
    this.playing = false;
    this.parts[this.current]?.pause();
  }

  next(number) {
    const hasNext = this.playing && number + 1 < this.parts.length;
    this.current = hasNext ? number + 1 : 0;
    this.parts[this.current].currentTime = 0;
    if (hasNext) this.play();
    else this.playing = false;
    this.changed();
  }

  seek(seconds) {
    const wasPlaying = this.playing;
    this.pause();
    this.current = this.lengths.findIndex((length, number) => seconds < this.startOf(number) + length);
    if (this.current < 0) this.current = this.parts.length - 1;
    this.parts[this.current].currentTime = Math.max(seconds - this.startOf(this.current), 0);
    if (wasPlaying) this.play();
  }

  close() {
    this.pause();
    for (const part of this.parts) part.removeAttribute("src");
  }

  async drawWaveform(urls) {
    for (const url of urls) {
      try {
        const response = await fetch(url);
        if (!response.ok || Number(response.headers.get("content-length")) > MAX_BYTES) return;
        const wav = readWav(new DataView(await response.arrayBuffer()));
        if (wav) this.wave.add(wav.samples, wav.sampleRate);
      } catch {
        return; // without a waveform; the audio element reports errors
      }
    }
    this.changed();
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
