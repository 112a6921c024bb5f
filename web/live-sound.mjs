// Sound that is still being made: a worker fetches it as it comes, an AudioWorklet holds all of it and plays it.

const contexts = new Map();
const sounds = new Map();
let fetcher = null;
let opened = 0;

async function contextFor(sampleRate) {
  if (!contexts.has(sampleRate)) {
    const made = (async () => {
      const context = new AudioContext({ sampleRate, latencyHint: "interactive" });
      await context.audioWorklet.addModule(new URL("./player-worklet.mjs", import.meta.url));
      return context;
    })();
    contexts.set(sampleRate, made);
  }
  return contexts.get(sampleRate);
}

function fetcherOfAll() {
  if (!fetcher) {
    fetcher = new Worker(new URL("./live-fetch.mjs", import.meta.url), { type: "module" });
    fetcher.onmessage = ({ data }) => sounds.get(data.id)?.hear(data);
  }
  return fetcher;
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
    this.wanted = false; // somebody pressed play, or playback began by itself
    this.ended = false;
    this.blocked = false;
    this.whole = true;
    this.told = false;
    this.id = ++opened;
    this.done = null;
    sounds.set(this.id, this);
    const { port1, port2 } = new MessageChannel();
    fetcherOfAll().postMessage({ kind: "open", id: this.id, port: port1 }, [port1]);
    this.ready = this.open(port2);
  }

  get playing() {
    return this.wanted && !this.ended;
  }

  get duration() {
    return this.samples / this.sampleRate;
  }

  get position() {
    return this.at / this.sampleRate;
  }

  async open(source) {
    this.context = await contextFor(this.sampleRate);
    this.node = new AudioWorkletNode(this.context, "voxweft-player", { outputChannelCount: [1] });
    this.node.connect(this.context.destination);
    this.node.port.postMessage({ kind: "source", port: source }, [source]);
    this.node.port.onmessage = ({ data }) => {
      this.at = data.position;
      this.heard = data.heard;
      if (data.firstHeard) this.firstHeardMs = this.clockMs(data.firstHeard);
      this.ended = data.ended && !this.done; // the next stream of the run goes on where this one ended
      this.changed();
    };
  }

  /** When a time of the context is at the loudspeaker, as milliseconds of the world's clock. */
  clockMs(contextTime) {
    const out = this.context.getOutputTimestamp();
    const nowMs = out.performanceTime ? out.performanceTime + (contextTime - out.contextTime) * 1000 : performance.now();
    return performance.timeOrigin + nowMs;
  }

  /** Fetch a stream to its end. */
  async take(url) {
    const problem = await new Promise((done) => {
      this.done = done;
      fetcher.postMessage({ kind: "take", id: this.id, url: new URL(url, location.href).href });
    });
    if (problem) throw new Error(problem);
  }

  /** Something from the worker: what it fetched, or how that ended. */
  hear({ kind, samples, problem }) {
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
    // A browser that wants a click first leaves this pending: say so, and go on by itself once there was one.
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
    this.at = Math.min(Math.max(Math.round(seconds * this.sampleRate), 0), this.samples);
    this.ended = false;
    const position = this.at;
    await this.ready;
    this.node.port.postMessage({ kind: "seek", position });
  }

  async close() {
    fetcher.postMessage({ kind: "close", id: this.id });
    this.hear({ kind: "done", problem: "closed" });
    sounds.delete(this.id);
    await this.ready.catch(() => {});
    this.node?.port.postMessage({ kind: "close" });
    this.node?.disconnect();
  }
}
