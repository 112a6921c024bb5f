// Where samples are stored and played: on the audio thread, or in buffers where browsers have no AudioWorklet.

const AHEAD_S = 5;
const START_DELAY_S = 0.1;
const TICK_MS = 50;

const contexts = new Map();

/** Returns the AudioContext of a sample rate, with the worklet if there is one: only on localhost and over HTTPS. */
export function contextFor(sampleRate) {
  if (!contexts.has(sampleRate)) {
    const created = (async () => {
      const context = new AudioContext({ sampleRate, latencyHint: "interactive" });
      await context.audioWorklet?.addModule(new URL("./player-worklet.mjs", import.meta.url));
      return context;
    })();
    contexts.set(sampleRate, created);
  }
  return contexts.get(sampleRate);
}

/**
 * Returns an output. `report` receives `{ position, heard, firstHeard, ended }`: position and heard in samples, and the
 * context's seconds at the first sound, once, else null.
 */
export function outputFor(context, report) {
  return context.audioWorklet ? new WorkletOutput(context, report) : new BufferOutput(context, report);
}

class WorkletOutput {
  constructor(context, report) {
    this.node = new AudioWorkletNode(context, "voxweft-player", { numberOfInputs: 0, outputChannelCount: [1] });
    this.node.connect(context.destination);
    this.node.port.onmessage = ({ data }) => report(data);
  }

  /** Takes samples from a MessagePort too, so that they needn't pass through the page. */
  takeFrom(port) {
    this.node.port.postMessage({ kind: "source", port }, [port]);
  }

  add(samples) {
    this.node.port.postMessage({ kind: "add", samples }, [samples.buffer]);
  }

  complete() {
    this.node.port.postMessage({ kind: "complete" });
  }

  play() {
    this.node.port.postMessage({ kind: "play" });
  }

  pause() {
    this.node.port.postMessage({ kind: "pause" });
  }

  seek(position) {
    this.node.port.postMessage({ kind: "seek", position });
  }

  close() {
    this.node.port.postMessage({ kind: "close" });
    this.node.disconnect();
  }
}

/** Schedules each block as a buffer that starts where the previous one ends, a few seconds ahead. */
class BufferOutput {
  constructor(context, report) {
    this.context = context;
    this.report = report;
    this.blocks = []; // { start, samples }, start in samples
    this.length = 0;
    this.isComplete = false;
    this.wasHeard = false;
    this.scheduled = []; // { start, at, length, source }, at in the context's seconds
    this.seek(0);
  }

  add(samples) {
    this.blocks.push({ start: this.length, samples });
    this.length += samples.length;
    this.isComplete = false;
    this.tick();
  }

  complete() {
    this.isComplete = true;
    this.tick();
  }

  play() {
    this.timer ??= setInterval(() => this.tick(), TICK_MS);
  }

  pause() {
    this.seek(this.position);
    clearInterval(this.timer);
    this.timer = undefined;
  }

  seek(position) {
    for (const { source } of this.scheduled) source.stop();
    this.scheduled = [];
    this.next = position; // the first sample that isn't scheduled
    this.nextAt = 0;
    this.settled = position; // where it plays while nothing is scheduled
  }

  get position() {
    const now = this.context.currentTime;
    const current = this.scheduled.findLast(({ at }) => at <= now);
    if (!current) return this.settled;
    const played = Math.round((now - current.at) * this.context.sampleRate);
    return current.start + Math.min(played, current.length);
  }

  tick() {
    if (this.timer !== undefined) this.schedule();
    const position = this.position;
    const isFirst = position > 0 && !this.wasHeard;
    this.wasHeard ||= isFirst;
    const firstHeard = isFirst ? this.scheduled[0]?.at ?? null : null;
    const ended = this.isComplete && position >= this.length;
    this.report({ position, heard: position, firstHeard, ended });
  }

  schedule() {
    const { sampleRate, currentTime } = this.context;
    const current = this.scheduled.findLastIndex(({ at }) => at <= currentTime);
    this.scheduled.splice(0, Math.max(current, 0));
    for (const block of this.blocks) {
      if (block.start + block.samples.length <= this.next) continue;
      if (this.nextAt > currentTime + AHEAD_S) break;
      if (this.nextAt < currentTime) this.nextAt = currentTime + START_DELAY_S;
      const rest = Float32Array.from(block.samples.subarray(this.next - block.start), (sample) => sample / 32768);
      const buffer = this.context.createBuffer(1, rest.length, sampleRate);
      buffer.copyToChannel(rest, 0);
      const source = this.context.createBufferSource();
      source.buffer = buffer;
      source.connect(this.context.destination);
      source.start(this.nextAt);
      this.scheduled.push({ start: this.next, at: this.nextAt, length: rest.length, source });
      this.next += rest.length;
      this.nextAt += buffer.duration;
    }
  }

  close() {
    this.pause();
    this.blocks = [];
  }
}
