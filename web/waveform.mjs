// Draws a waveform: the peak of each hundredth of a second, scaled to the available width.

const PEAKS_PER_S = 100;

export class Waveform {
  constructor(canvas) {
    this.canvas = canvas;
    this.clear();
  }

  clear() {
    this.peaks = [];
    this.loudest = 0;
    this.pending = 0;
  }

  /** Adds 16-bit samples at a sample rate. */
  add(samples, sampleRate) {
    const size = Math.max(1, Math.round(sampleRate / PEAKS_PER_S));
    for (let at = 0; at < samples.length; at++) {
      this.loudest = Math.max(this.loudest, Math.abs(samples[at]));
      if (++this.pending >= size) {
        this.peaks.push(this.loudest / 32768);
        this.loudest = this.pending = 0;
      }
    }
  }

  /** Draws the waveform. The part before `played` (0 to 1) is highlighted. */
  draw(played) {
    const canvas = this.canvas;
    const width = (canvas.width = Math.max(1, canvas.clientWidth * (window.devicePixelRatio || 1)));
    const height = (canvas.height = Math.max(1, canvas.clientHeight * (window.devicePixelRatio || 1)));
    const context = canvas.getContext("2d");
    const count = this.peaks.length;
    for (let x = 0; x < width; x++) {
      let peak = 0;
      const end = Math.max(Math.ceil(((x + 1) / width) * count), Math.floor((x / width) * count) + 1);
      for (let at = Math.floor((x / width) * count); at < Math.min(end, count); at++) peak = Math.max(peak, this.peaks[at]);
      const barHeight = Math.max(1, peak * height);
      context.fillStyle = x / width < played ? "#4fb3a5" : "#8a8f98";
      context.fillRect(x, (height - barHeight) / 2, 1, barHeight);
    }
  }
}
