// Queues samples on the audio thread. Reports the number of played samples about eight times a second.

class VoxweftPlayer extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = [];
    this.offset = 0;
    this.played = 0;
    this.reported = 0;
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
      const n = Math.min(samples.length - this.offset, output.length - filled);
      output.set(samples.subarray(this.offset, this.offset + n), filled);
      filled += n;
      this.offset += n;
      if (this.offset === samples.length) {
        this.queue.shift();
        this.offset = 0;
      }
    }
    this.played += filled;
    const ended = this.finished && !this.queue.length;
    if (ended || this.played - this.reported > sampleRate / 8) {
      this.reported = this.played;
      this.port.postMessage({ played: this.played, ended });
    }
    return !ended;
  }
}

registerProcessor("voxweft-player", VoxweftPlayer);
