// Plays PCM while it comes. No MediaSource, which browsers disagree about.

const WORKLET = "/static/player-worklet.js";
const LOOK_AHEAD_S = 60;
const LEAD_S = 0.1;

export class Player {
  /** `onProgress(playedSeconds, receivedSeconds)`, `onEnd()` when all was heard. */
  constructor(sampleRate, onProgress, onEnd) {
    this.context = new AudioContext({ sampleRate });
    this.received = 0;
    this.played = 0;
    this.onProgress = onProgress;
    this.onEnd = onEnd;
  }

  async open() {
    const tell = (played, ended) => this.tell(played, ended);
    // Browsers give worklets to pages on localhost and over HTTPS only.
    this.queue = this.context.audioWorklet ? await workletQueue(this.context, tell) : new BufferQueue(this.context, tell);
    // Not awaited: without an output device it never comes.
    this.context.resume();
  }

  /** Whether anything is heard: a browser may have no output device, or not have been allowed to play. */
  get isRunning() {
    return this.context.state === "running" && this.context.currentTime > 0;
  }

  /** Takes 16-bit little-endian samples, cut anywhere. */
  push(bytes) {
    const joined = this.rest ? concat(this.rest, bytes) : bytes;
    const whole = joined.length - (joined.length % 2);
    this.rest = whole < joined.length ? joined.slice(whole) : null;
    if (!whole) return;
    const view = new DataView(joined.buffer, joined.byteOffset, whole);
    const samples = new Float32Array(whole / 2);
    for (let at = 0; at < samples.length; at++) samples[at] = view.getInt16(2 * at, true) / 32768;
    this.received += samples.length;
    this.queue.push(samples);
  }

  /** Resolves when little waits to be heard: the rest of a long text stays with the server until then. */
  async room() {
    while (!this.closed && this.received - this.played > LOOK_AHEAD_S * this.context.sampleRate) {
      await new Promise((resolve) => (this.wake = resolve));
    }
  }

  finish() {
    this.queue.finish();
  }

  async close() {
    this.closed = true;
    this.wake?.();
    if (this.context.state !== "closed") await this.context.close();
  }

  tell(played, ended) {
    if (this.closed) return;
    this.played = played;
    this.wake?.();
    this.onProgress(played / this.context.sampleRate, this.received / this.context.sampleRate);
    if (ended) this.onEnd();
  }
}

async function workletQueue(context, tell) {
  await context.audioWorklet.addModule(WORKLET);
  const node = new AudioWorkletNode(context, "voxweft-player", { numberOfInputs: 0, outputChannelCount: [1] });
  node.port.onmessage = ({ data }) => tell(data.played, data.ended);
  node.connect(context.destination);
  return {
    push: (samples) => node.port.postMessage(samples, [samples.buffer]),
    finish: () => node.port.postMessage("finish"),
  };
}

/** Each piece is a buffer that starts where the one before ends. */
class BufferQueue {
  constructor(context, tell) {
    this.context = context;
    this.tell = tell;
    this.at = 0;
    this.played = 0;
    this.waiting = 0;
    this.finished = false;
  }

  push(samples) {
    const buffer = this.context.createBuffer(1, samples.length, this.context.sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    const earliest = this.context.currentTime;
    if (this.at < earliest) this.at = earliest + LEAD_S;
    source.start(this.at);
    this.at += buffer.duration;
    this.waiting += 1;
    source.onended = () => {
      this.waiting -= 1;
      this.played += samples.length;
      this.tell(this.played, this.finished && !this.waiting);
    };
  }

  finish() {
    this.finished = true;
    if (!this.waiting) this.tell(this.played, true);
  }
}

function concat(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
