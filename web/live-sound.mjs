// Live audio: a worker fetches it while it is generated and hands it to the audio thread.

import { PcmSound } from "./player/pcm-sound.mjs";

const sounds = new Map();
let fetcher = null;
let lastId = 0;

function sharedFetcher() {
  if (!fetcher) {
    fetcher = new Worker(new URL("./live-fetch.mjs", import.meta.url), { type: "module" });
    fetcher.onmessage = ({ data }) => sounds.get(data.id)?.onFetched(data);
  }
  return fetcher;
}

export class LiveSound extends PcmSound {
  // AudioWorklet needs a secure context: localhost or HTTPS.
  static get possible() {
    return typeof AudioWorkletNode === "function" && window.isSecureContext;
  }

  constructor(sampleRate, wave, changed) {
    super(sampleRate, wave, changed);
    this.isWhole = true; // false if a stream of the run ended early
    this.fileKnown = false;
    this.id = ++lastId;
    this.done = null;
    sounds.set(this.id, this);
    const { port1, port2 } = new MessageChannel();
    sharedFetcher().postMessage({ kind: "open", id: this.id, port: port1 }, [port1]);
    this.ready = this.ready.then(() => this.output.takeFrom(port2));
  }

  onReport(report) {
    // The next stream of the run continues at this end.
    super.onReport({ ...report, ended: report.ended && !this.done });
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
      this.count(samples);
    } else {
      const done = this.done;
      this.done = null;
      done?.(problem);
      this.changed();
    }
  }

  async close() {
    fetcher.postMessage({ kind: "close", id: this.id });
    this.onFetched({ kind: "done", problem: "closed" });
    sounds.delete(this.id);
    await super.close();
  }
}
