// A queue of samples on the audio thread. Says how much was played, a few times a second.

class VoxweftPlayer extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = [];
    this.at = 0;
    this.played = 0;
    this.told = 0;
    this.finished = false;
    this.port.onmessage = ({ data }) => {
      if (data === "finish") this.finished = true;
      else this.queue.push(data);
    };
  }

  process(_inputs, [[output]]) {
    let filled = 0;
    while (filled < output.length && this.queue.length) {
      const samples = this.queue[0];
      const n = Math.min(samples.length - this.at, output.length - filled);
      output.set(samples.subarray(this.at, this.at + n), filled);
      filled += n;
      this.at += n;
      if (this.at === samples.length) {
        this.queue.shift();
        this.at = 0;
      }
    }
    this.played += filled;
    const ended = this.finished && !this.queue.length;
    if (ended || this.played - this.told > sampleRate / 8) {
      this.told = this.played;
      this.port.postMessage({ played: this.played, ended });
    }
    return !ended;
  }
}

registerProcessor("voxweft-player", VoxweftPlayer);
