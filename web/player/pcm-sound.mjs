// Audio that is played while it arrives, as 16-bit samples.

import { contextFor, outputFor } from "./outputs.mjs";

export class PcmSound {
  /** `wave` receives the samples, if given; `changed()` is called at each change of position, length or state. */
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
    this.ready = this.open();
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

  /** Whether sound is playing. False without an output device, or without the permission to play. */
  get isRunning() {
    return this.context?.state === "running" && this.context.currentTime > 0;
  }

  async open() {
    this.context = await contextFor(this.sampleRate);
    this.output = outputFor(this.context, (report) => this.onReport(report));
  }

  onReport({ position, heard, firstHeard, ended }) {
    this.playedSamples = position;
    this.heard = heard;
    if (firstHeard !== null) this.firstHeardMs = this.clockMs(firstHeard);
    this.ended = ended;
    this.changed();
  }

  /** Converts a time of the audio context to the wall-clock time of its output, in milliseconds. */
  clockMs(contextTime) {
    const output = this.context.getOutputTimestamp();
    const pageMs = output.performanceTime
      ? output.performanceTime + (contextTime - output.contextTime) * 1000
      : performance.now();
    return performance.timeOrigin + pageMs;
  }

  /** Adds samples, whose buffer is transferred. */
  async add(samples) {
    this.count(samples);
    await this.ready;
    this.output.add(samples);
  }

  count(samples) {
    this.samples += samples.length;
    this.wave?.add(samples, this.sampleRate);
    this.changed();
  }

  /** Says that no samples follow: playback ends after those that were added. */
  async complete() {
    await this.ready;
    this.output.complete();
  }

  async play() {
    this.wanted = true;
    if (this.ended) this.seek(0);
    await this.ready;
    if (this.wanted) this.output.play();
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
    this.output.pause();
  }

  async seek(seconds) {
    const position = Math.min(Math.max(Math.round(seconds * this.sampleRate), 0), this.samples);
    this.playedSamples = position;
    this.ended = false;
    await this.ready;
    this.output.seek(position);
  }

  async close() {
    this.wanted = false;
    this.changed = () => {};
    await this.ready.catch(() => {});
    this.output?.close();
  }
}
