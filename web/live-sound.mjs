// Live audio: a worker fetches it while it is generated, an AudioWorklet stores and plays it.

const contexts = new Map();
const sounds = new Map();
let fetcher = null;
let lastId = 0;

async function contextFor(sampleRate) {
  if (!contexts.has(sampleRate)) {
    const created = (async () => {
      const context = new AudioContext({ sampleRate, latencyHint: "interactive" });
      await context.audioWorklet.addModule(new URL("./player-worklet.mjs", import.meta.url));
      return context;
    })();
    contexts.set(sampleRate, created);
  }
  return contexts.get(sampleRate);
}

function sharedFetcher() {
  if (!fetcher) {
    fetcher = new Worker(new URL("./live-fetch.mjs", import.meta.url), { type: "module" });
    fetcher.onmessage = ({ data }) => sounds.get(data.id)?.onFetched(data);
  }
  return fetcher;
}

export class LiveSound {
  // AudioWorklet needs a secure context: localhost or HTTPS.
  static get possible() {
    return typeof AudioWorkletNode === "function" && window.isSecureContext;
  }

  constructor(sampleRate, wave, changed) {
    this.sampleRate = sampleRate;
    this.wave = wave;
    this.changed = changed;
    this.samples = 0;
    this.playedSamples = 0;
    this.heard = 0;
    this.firstHeardMs = 0;
    this.wanted = false; // play was pressed, or autoplay started
    this.ended = false;
    this.blocked = false;
    this.complete = true; // false if a stream of the run ended early
    this.fileKnown = false;
    this.id = ++lastId;
    this.done = null;
    sounds.set(this.id, this);
    const { port1, port2 } = new MessageChannel();
    sharedFetcher().postMessage({ kind: "open", id: this.id, port: port1 }, [port1]);
    this.ready = this.open(port2);
  }

  get playing() {
    return this.wanted && !this.ended;
  }

  get duration() {
    return this.samples / this.sampleRate;
  }

  get position() {
    return this.playedSamples / this.sampleRate;
  }

  async open(source) {
    this.context = await contextFor(this.sampleRate);
    this.node = new AudioWorkletNode(this.context, "voxweft-player", { outputChannelCount: [1] });
    this.node.connect(this.context.destination);
    this.node.port.postMessage({ kind: "source", port: source }, [source]);
    this.node.port.onmessage = ({ data }) => {
      this.playedSamples = data.position;
      this.heard = data.heard;
      if (data.firstHeard) this.firstHeardMs = this.clockMs(data.firstHeard);
      this.ended = data.ended && !this.done; // the next stream of the run continues at this end
      this.changed();
    };
  }

  /** Converts a time of the audio context to the wall-clock time of its output, in milliseconds. */
  clockMs(contextTime) {
    const output = this.context.getOutputTimestamp();
    const pageMs = output.performanceTime
      ? output.performanceTime + (contextTime - output.contextTime) * 1000
      : performance.now();
    return performance.timeOrigin + pageMs;
  }

  /** Fetches a stream to its end. */
  async fetch(url) {
    const problem = await new Promise((done) => {
      this.done = done;
      fetcher.postMessage({ kind: "fetch", id: this.id, url: new URL(url, location.href).href });
    });
    if (problem) throw new Error(problem);
  }

  /** Handles a message of the worker: samples, or the end of a stream. */
  onFetched({ kind, samples, problem }) {
    if (kind === "samples") {
      this.samples += samples.length;
      this.wave.add(samples, this.sampleRate);
    } else {
      const done = this.done;
      this.done = null;
      done?.(problem);
    }
    this.changed();
  }

  async play() {
    this.wanted = true;
    if (this.ended) this.seek(0);
    await this.ready;
    this.node.port.postMessage({ kind: "play" });
    // Pending until the user clicks, if the browser's autoplay policy requires it. Then it continues by itself.
    this.blocked = this.context.state !== "running";
    const running = this.context.resume();
    setTimeout(() => this.changed(), 200);
    await running;
    this.blocked = false;
    this.changed();
  }

  async pause() {
    this.wanted = false;
    await this.ready;
    this.node.port.postMessage({ kind: "pause" });
  }

  async seek(seconds) {
    const position = Math.min(Math.max(Math.round(seconds * this.sampleRate), 0), this.samples);
    this.playedSamples = position;
    this.ended = false;
    await this.ready;
    this.node.port.postMessage({ kind: "seek", position });
  }

  async close() {
    fetcher.postMessage({ kind: "close", id: this.id });
    this.onFetched({ kind: "done", problem: "closed" });
    sounds.delete(this.id);
    await this.ready.catch(() => {});
    this.node?.port.postMessage({ kind: "close" });
    this.node?.disconnect();
  }
}
