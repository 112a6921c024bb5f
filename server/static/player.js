// Plays PCM while it arrives. MediaSource is not used: browsers support it differently.

const WORKLET = new URL("player-worklet.js", import.meta.url);
const MAX_BUFFER_S = 60;
const START_DELAY_S = 0.1;

export class Player {
  /** Calls `onProgress(playedSeconds, receivedSeconds)`, and `onEnd()` when all audio was played. */
  constructor(sampleRate, onProgress, onEnd) {
    this.context = new AudioContext({ sampleRate });
    this.received = 0;
    this.played = 0;
    this.onProgress = onProgress;
    this.onEnd = onEnd;
  }

  async open() {
    const report = (played, ended) => this.report(played, ended);
    // Worklets exist only on localhost and over HTTPS.
    this.queue = this.context.audioWorklet ? await workletQueue(this.context, report) : new BufferQueue(this.context, report);
    // Not awaited: without an output device it never resolves.
    this.context.resume();
  }

  /** Whether sound is playing. False without an output device, or without the permission to play. */
  get isRunning() {
    return this.context.state === "running" && this.context.currentTime > 0;
  }

  /** Adds 16-bit little-endian samples; a sample may be split between two calls. */
  push(bytes) {
    const joined = this.rest ? concat(this.rest, bytes) : bytes;
    const whole = joined.length - (joined.length % 2);
    this.rest = whole < joined.length ? joined.slice(whole) : null;
    if (!whole) return;
    const view = new DataView(joined.buffer, joined.byteOffset, whole);
    const samples = new Float32Array(whole / 2);
    for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true) / 32768;
    this.received += samples.length;
    this.queue.push(samples);
  }

  /** Resolves when less than a minute is buffered. Until then the server holds the rest of a long text. */
  async waitForRoom() {
    while (!this.closed && this.received - this.played > MAX_BUFFER_S * this.context.sampleRate) {
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

  report(played, ended) {
    if (this.closed) return;
    this.played = played;
    this.wake?.();
    this.onProgress(played / this.context.sampleRate, this.received / this.context.sampleRate);
    if (ended) this.onEnd();
  }
}

async function workletQueue(context, report) {
  await context.audioWorklet.addModule(WORKLET);
  const node = new AudioWorkletNode(context, "voxweft-player", { numberOfInputs: 0, outputChannelCount: [1] });
  node.port.onmessage = ({ data }) => report(data.played, data.ended);
  node.connect(context.destination);
  return {
    push: (samples) => node.port.postMessage(samples, [samples.buffer]),
    finish: () => node.port.postMessage("finish"),
  };
}

/** Schedules each chunk as a buffer that starts where the previous one ends. */
class BufferQueue {
  constructor(context, report) {
    this.context = context;
    this.report = report;
    this.nextStart = 0;
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
    if (this.nextStart < earliest) this.nextStart = earliest + START_DELAY_S;
    source.start(this.nextStart);
    this.nextStart += buffer.duration;
    this.waiting += 1;
    source.onended = () => {
      this.waiting -= 1;
      this.played += samples.length;
      this.report(this.played, this.finished && !this.waiting);
    };
  }

  finish() {
    this.finished = true;
    if (!this.waiting) this.report(this.played, true);
  }
}

function concat(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
