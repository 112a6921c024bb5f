// Plays PCM while it comes: an AudioWorklet takes it from a queue. No MediaSource, which browsers disagree about.

const WORKLET = "/static/player-worklet.js";

export class Player {
  /** `onProgress(playedSeconds, receivedSeconds)`, `onEnd()` when all was heard. */
  constructor(sampleRate, onProgress, onEnd) {
    this.context = new AudioContext({ sampleRate });
    this.received = 0;
    this.onProgress = onProgress;
    this.onEnd = onEnd;
  }

  async open() {
    await this.context.audioWorklet.addModule(WORKLET);
    this.node = new AudioWorkletNode(this.context, "speechloom-player", { numberOfInputs: 0, outputChannelCount: [1] });
    this.node.port.onmessage = ({ data }) => {
      this.onProgress(data.played / this.context.sampleRate, this.received / this.context.sampleRate);
      if (data.ended) this.onEnd();
    };
    this.node.connect(this.context.destination);
    await this.context.resume();
  }

  /** Takes 16-bit little-endian samples, cut anywhere. */
  push(bytes) {
    const joined = this.rest ? concat(this.rest, bytes) : bytes;
    const whole = joined.length - (joined.length % 2);
    this.rest = whole < joined.length ? joined.slice(whole) : null;
    const view = new DataView(joined.buffer, joined.byteOffset, whole);
    const samples = new Float32Array(whole / 2);
    for (let at = 0; at < samples.length; at++) samples[at] = view.getInt16(2 * at, true) / 32768;
    this.received += samples.length;
    this.node.port.postMessage(samples, [samples.buffer]);
  }

  finish() {
    this.node.port.postMessage("finish");
  }

  async close() {
    if (this.context.state !== "closed") await this.context.close();
  }
}

function concat(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
