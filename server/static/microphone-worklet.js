// Sends the microphone's samples to the page as 16-bit PCM, in chunks of a tenth of a second.

class VoxweftMicrophone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.chunk = new Int16Array(Math.round(sampleRate / 10));
    this.filled = 0;
  }

  process([[input]]) {
    for (const sample of input ?? []) {
      this.chunk[this.filled++] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
      if (this.filled === this.chunk.length) {
        this.port.postMessage(this.chunk.buffer, [this.chunk.buffer]);
        this.chunk = new Int16Array(Math.round(sampleRate / 10));
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("voxweft-microphone", VoxweftMicrophone);
