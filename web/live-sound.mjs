// Sound that is still being made: fetched as it comes, played by an AudioWorklet that holds all of it.

const MOST_SAMPLES = 3600 * 48000; // beyond it the finished file has to do
const REPORT = "./player-worklet.mjs";

let contexts = new Map();

async function contextFor(sampleRate) {
  if (!contexts.has(sampleRate)) {
    const made = (async () => {
      const context = new AudioContext({ sampleRate, latencyHint: "interactive" });
      await context.audioWorklet.addModule(new URL(REPORT, import.meta.url));
      return context;
    })();
    contexts.set(sampleRate, made);
  }
  return contexts.get(sampleRate);
}

export class LiveSound {
  // AudioWorklet needs a secure context: this machine, or HTTPS.
  static get possible() {
    return typeof AudioWorkletNode === "function" && window.isSecureContext;
  }

  constructor(sampleRate, wave, changed) {
    this.sampleRate = sampleRate;
    this.wave = wave;
    this.changed = changed;
    this.samples = 0;
    this.at = 0;
    this.heard = 0;
    this.firstHeardMs = 0;
    this.playing = false;
    this.blocked = false;
    this.whole = true;
    this.told = false;
    this.aborting = new AbortController();
    this.ready = this.open();
  }

  get duration() {
    return this.samples / this.sampleRate;
  }

  get position() {
    return this.at / this.sampleRate;
  }

  async open() {
    this.context = await contextFor(this.sampleRate);
    this.node = new AudioWorkletNode(this.context, "speechloom-player", { outputChannelCount: [1] });
    this.node.connect(this.context.destination);
    this.node.port.onmessage = ({ data }) => {
      this.at = data.position;
      this.heard = data.heard;
      if (data.heard && !this.firstHeardMs) this.firstHeardMs = performance.timeOrigin + performance.now();
      if (data.ended && !this.fetching) this.playing = false;
      this.changed();
    };
  }

  /** Fetch a stream to its end. */
  async take(url) {
    this.fetching = true;
    try {
      const [answer] = await Promise.all([fetch(url, { signal: this.aborting.signal, cache: "no-store" }), this.ready]);
      if (!answer.ok) throw new Error(`${answer.status} for ${url}`);
      const reader = answer.body.getReader();
      let odd = new Uint8Array(0); // half a sample, where a piece was cut
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const bytes = new Uint8Array(odd.length + value.length);
        bytes.set(odd);
        bytes.set(value, odd.length);
        odd = bytes.slice(bytes.length & ~1);
        this.add(new Int16Array(bytes.buffer, 0, bytes.length >> 1).slice());
      }
    } finally {
      this.fetching = false;
      this.node?.port.postMessage({ kind: "complete" });
    }
  }

  add(samples) {
    if (this.samples + samples.length > MOST_SAMPLES) {
      this.whole = false;
      return;
    }
    this.samples += samples.length;
    this.wave.add(samples, this.sampleRate);
    this.node.port.postMessage({ kind: "add", samples }, [samples.buffer]);
    this.changed();
  }

  async play() {
    this.playing = true;
    if (this.samples && this.at >= this.samples && !this.fetching) this.seek(0);
    await this.ready;
    this.node.port.postMessage({ kind: "play" });
    // A browser that wants a click first leaves this pending: say so, and go on by itself once there was one.
    this.blocked = this.context.state !== "running";
    const running = this.context.resume();
    setTimeout(() => this.changed(), 200);
    await running;
    this.blocked = false;
    this.changed();
  }

  async pause() {
    this.playing = false;
    await this.ready;
    this.node.port.postMessage({ kind: "pause" });
  }

  async seek(seconds) {
    this.at = Math.min(Math.max(Math.round(seconds * this.sampleRate), 0), this.samples);
    const position = this.at;
    await this.ready;
    this.node.port.postMessage({ kind: "seek", position });
  }

  async close() {
    this.aborting.abort();
    await this.ready.catch(() => {});
    this.node?.port.postMessage({ kind: "close" });
    this.node?.disconnect();
  }
}
