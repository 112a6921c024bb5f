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
    this.at = 0;
    this.playing = false;
    this.drawWaveform(urls);
  }

  get duration() {
    return this.lengths.reduce((sum, length) => sum + length, 0);
  }

  get position() {
    return this.before(this.at) + (this.parts[this.at]?.currentTime ?? 0);
  }

  before(number) {
    return this.lengths.slice(0, number).reduce((sum, length) => sum + length, 0);
  }

  play() {
    this.playing = true;
    this.parts[this.at]?.play().catch(() => {
      this.playing = false;
      this.changed();
    });
  }

  pause() {
    this.playing = false;
    this.parts[this.at]?.pause();
  }

  next(number) {
    const more = this.playing && number + 1 < this.parts.length;
    this.at = more ? number + 1 : 0;
    this.parts[this.at].currentTime = 0;
    if (more) this.play();
    else this.playing = false;
    this.changed();
  }

  seek(seconds) {
    const again = this.playing;
    this.pause();
    this.at = this.lengths.findIndex((length, number) => seconds < this.before(number) + length);
    if (this.at < 0) this.at = this.parts.length - 1;
    this.parts[this.at].currentTime = Math.max(seconds - this.before(this.at), 0);
    if (again) this.play();
  }

  close() {
    this.pause();
    for (const part of this.parts) part.removeAttribute("src");
  }

  async drawWaveform(urls) {
    for (const url of urls) {
      try {
        const answer = await fetch(url);
        if (!answer.ok || Number(answer.headers.get("content-length")) > MAX_BYTES) return;
        const data = new DataView(await answer.arrayBuffer());
        const found = wavSamples(data);
        if (found) this.wave.add(found.samples, found.sampleRate);
      } catch {
        return; // without a waveform; the audio element reports errors
      }
    }
    this.changed();
  }
}

/** Returns the samples of a 16-bit WAV file; null for other formats. */
function wavSamples(data) {
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
