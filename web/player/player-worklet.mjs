// Stores blocks of 16-bit samples on the audio thread, and plays them from any position.

const REPORT_EVERY = 8; // calls of process: about 20 reports per second

class VoxweftPlayer extends AudioWorkletProcessor {
  constructor() {
    super();
    this.blocks = [];
    this.starts = [];
    this.length = 0;
    this.position = 0;
    this.blockIndex = 0; // of the block that holds the position
    this.heard = 0;
    this.playing = false;
    this.complete = false;
    this.closed = false;
    this.calls = 0;
    this.port.onmessage = ({ data }) => this.receive(data);
  }

  receive(message) {
    if (message.kind === "source") {
      message.port.onmessage = ({ data }) => this.receive(data); // from the fetching worker
    } else if (message.kind === "add") {
      this.starts.push(this.length);
      this.blocks.push(message.samples);
      this.length += message.samples.length;
      this.complete = false;
    } else if (message.kind === "seek") {
      this.position = message.position;
      this.blockIndex = this.indexOfBlock(message.position);
    } else if (message.kind === "complete") {
      this.complete = true;
    } else if (message.kind === "close") {
      this.closed = true;
    } else {
      this.playing = message.kind === "play";
    }
  }

  indexOfBlock(position) {
    let low = 0;
    let high = this.starts.length;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (this.starts[middle] <= position) low = middle;
      else high = middle;
    }
    return low;
  }

  process(_, outputs) {
    const output = outputs[0][0];
    let firstHeard = null; // a time, which is 0 at the context's first sample
    if (this.playing) {
      let filled = 0;
      while (filled < output.length && this.position < this.length) {
        const block = this.blocks[this.blockIndex];
        const offset = this.position - this.starts[this.blockIndex];
        if (offset >= block.length) {
          this.blockIndex++;
          continue;
        }
        const count = Math.min(output.length - filled, block.length - offset);
        for (let index = 0; index < count; index++) output[filled + index] = block[offset + index] / 32768;
        filled += count;
        this.position += count;
      }
      for (let index = 0; index < filled; index++) {
        if (output[index] !== 0 && !this.heard++) firstHeard = currentTime + index / sampleRate;
      }
    }
    const ended = this.complete && this.position >= this.length;
    if (firstHeard !== null || ++this.calls % REPORT_EVERY === 0) {
      this.port.postMessage({ position: this.position, heard: this.heard, firstHeard, ended });
    }
    return !this.closed;
  }
}

registerProcessor("voxweft-player", VoxweftPlayer);
